"""Files of banks: camt.053 and tables are read exactly; hostile ones are rejected."""

import contextlib
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.bank.camt import is_xml, read_camt
from billing.bank.csv_lines import read_csv
from billing.bank.lines import (
    LARGEST_BYTES,
    StatementLine,
    limited,
    oldest_first,
    require_size,
    with_keys,
)
from core.errors import Rejection

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def entry(
    amount: str = "123.45",
    currency: str = "CNY",
    side: str = "CRDT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    details: str = "",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{status}'
        f"<BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def camt(*entries: str, account: str = "DE11") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NAMESPACE}"><BkToCstmrStmt>'
        f"<Stmt><Acct><Id><IBAN>{account}</IBAN></Id></Acct>{''.join(entries)}</Stmt>"
        "</BkToCstmrStmt></Document>"
    ).encode()


DETAILS = (
    "<TxDtls><RltdPties><Dbtr><Pty><Nm>王芳</Nm></Pty></Dbtr></RltdPties>"
    "<RmtInf><Ustrd>fees</Ustrd><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf>"
    "</Strd></RmtInf></TxDtls>"
)


def test_an_entry_has_its_amount_payer_and_reference() -> None:
    (line,) = read_camt(camt(entry(details=DETAILS)), "DE11")
    assert line == StatementLine(
        booked_on=date(2026, 11, 27),
        amount=12_345,
        currency="CNY",
        name="王芳",
        text="fees RF18539007547034",
        reference="B1",
    )


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("500", "JPY", 500), ("1.234", "KWD", 1234), ("92233720368547758.07", "CNY", 2**63 - 1)],
)
def test_amounts_are_in_the_minor_unit_of_their_currency(
    amount: str, currency: str, minor: int
) -> None:
    (line,) = limited(read_camt(camt(entry(amount, currency))))
    assert line.amount == minor


def test_debits_are_below_zero_and_pending_entries_left_out() -> None:
    pending = entry(status="<Sts>PDNG</Sts>")
    assert [line.amount for line in read_camt(camt(entry(side="DBIT"), pending))] == [-12_345]


def test_a_batch_yields_its_transactions() -> None:
    parts = "".join(
        f'<TxDtls><Amt Ccy="CNY">{amount}</Amt><RmtInf><Ustrd>{amount}</Ustrd></RmtInf></TxDtls>'
        for amount in ("100.00", "23.45")
    )
    assert [line.amount for line in read_camt(camt(entry(details=parts)))] == [10_000, 2345]


def in_parts(*parts: tuple[str, str], amount: str) -> list[int]:
    """The amounts of an entry with transactions of other amounts and currencies."""
    details = "".join(
        f'<TxDtls><Amt Ccy="{currency}">{each}</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>'
        for each, currency in parts
    )
    return [line.amount for line in read_camt(camt(entry(amount, details=details)))]


def test_an_entry_counts_as_one_where_its_parts_do_not_add_up() -> None:
    assert in_parts(("100.00", "CNY"), ("1.00", "CNY"), amount="99.00") == [9_900]
    # Ten dollars and twenty are not thirty yuan.
    assert in_parts(("10.00", "USD"), ("20.00", "USD"), amount="30.00") == [3_000]


def test_a_payment_in_another_currency_counts_by_what_the_account_received() -> None:
    details = '<TxDtls><AmtDtls><InstdAmt><Amt Ccy="USD">10.00</Amt></InstdAmt></AmtDtls></TxDtls>'
    (line,) = read_camt(camt(entry("72.10", details=details)))
    assert (line.amount, line.currency) == (7_210, "CNY")


def test_a_reversal_of_money_that_came_in_goes_out() -> None:
    reversal = entry(side="DBIT").replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    assert [line.amount for line in read_camt(camt(reversal))] == [-12_345]


def test_an_entry_without_transactions_has_the_bank_s_own_text() -> None:
    bare = entry().replace("<NtryDtls>", "<AddtlNtryInf>Cash deposit</AddtlNtryInf><NtryDtls>")
    (line,) = read_camt(camt(bare))
    assert line.text == "Cash deposit"


def test_entries_that_two_statements_number_alike_are_two_lines() -> None:
    def numbered(payer: str) -> str:
        details = f"<TxDtls><RltdPties><Dbtr><Nm>{payer}</Nm></Dbtr></RltdPties></TxDtls>"
        bare = entry(details=details).replace("<AcctSvcrRef>B1</AcctSvcrRef>", "")
        return bare.replace("<Ntry>", "<Ntry><NtryRef>1</NtryRef>")

    keys = {
        key
        for payer in ("Li", "Wang")
        for key, _line in with_keys(read_camt(camt(numbered(payer))))
    }
    assert len(keys) == 2


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]>
<Document><BkToCstmrStmt>&y;</BkToCstmrStmt></Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Document><BkToCstmrStmt>&x;</BkToCstmrStmt></Document>"""


@pytest.mark.parametrize("data", [BOMB, OUTSIDE])
def test_entities_are_refused_before_anything_is_read(data: bytes) -> None:
    with pytest.raises(Rejection) as rejected:
        list(read_camt(data))
    assert rejected.value.code == "declares_entities"


@pytest.mark.parametrize(
    "data",
    [
        b"<a>",
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        b"<a/>",
        camt(entry("1e5")),
        camt(entry("1.234")),
        camt(entry(side="XXXX")),
        camt(entry().replace("2026-11-27", "2026-13-27")),
        camt(entry().replace("BookgDt", "X")),
    ],
)
def test_a_damaged_file_is_rejected(data: bytes) -> None:
    with pytest.raises(Rejection) as rejected:
        list(read_camt(data))
    assert rejected.value.code == "not_a_statement"


def test_a_statement_of_another_account_is_rejected() -> None:
    with pytest.raises(Rejection, match="of the account DE11"):
        list(read_camt(camt(entry()), "DE22"))


CHINESE = """账户名称：海滨花园,,,,
交易日期,贷方发生额,借方发生额,对方户名,摘要,流水号
2026-11-27 10:15:00,"1,234.50",,王芳,物业费,A1
20261128,,88.00,电力公司,电费,A2
合计,,,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_chinese_table_is_read_below_its_heading(encoding: str) -> None:
    lines = list(read_csv(CHINESE.encode(encoding), "CNY", {}))
    assert [(line.booked_on.day, line.amount, line.name, line.reference) for line in lines] == [
        (27, 123_450, "王芳", "A1"),
        (28, -8800, "电力公司", "A2"),
    ]


@pytest.mark.parametrize(
    ("side", "minor"), [("贷", 500), ("收入", 500), ("CR", 500), ("借", -500), ("Debit", -500)]
)
def test_a_column_may_say_whether_money_came_in_or_went_out(side: str, minor: int) -> None:
    table = f"交易日期,借贷标志,交易金额,对方户名\n2026-11-27,{side},5.00,李\n"
    assert [line.amount for line in read_csv(table.encode(), "CNY", {})] == [minor]


def test_a_side_that_is_unknown_is_rejected() -> None:
    with pytest.raises(Rejection, match=r"row 2: “冲” is neither"):
        list(read_csv("交易日期,借贷标志,金额\n2026-11-27,冲,5.00\n".encode(), "CNY", {}))


@pytest.mark.parametrize(
    ("cell", "minor"),
    [("(5.00)", -500), ("5.00-", -500), ("¥5.00", 500), ("-￥5.00", -500), ("5.00 CNY", 500)],
)
def test_amounts_are_read_as_banks_write_them(cell: str, minor: int) -> None:
    (line,) = read_csv(f"date,amount\n2026-11-27,{cell}\n".encode(), "CNY", {})
    assert line.amount == minor


def test_a_sum_below_the_table_is_no_movement() -> None:
    table = "交易日期,摘要,收入金额,支出金额\n2026-11-27,x,5.00,\n合计：,,5.00,\n"
    assert [line.amount for line in read_csv(table.encode(), "CNY", {})] == [500]


def test_an_amount_without_a_date_is_not_passed_over() -> None:
    with pytest.raises(Rejection, match="row 3"):
        list(read_csv(b"date,amount\n2026-11-27,5\n,6\n", "CNY", {}))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_and_encodings_are_recognised(encoding: str, separator: str) -> None:
    rows = ["日期", "金额", "付款人"], ["2026-11-27", "1234.50", "王芳"]
    data = "\n".join(separator.join(row) for row in rows).encode(encoding)
    (line,) = read_csv(data, "CNY", {})
    assert (line.amount, line.name) == (123_450, "王芳")


def test_a_bank_s_own_titles_are_remembered_by_the_account() -> None:
    data = b"Wann;Wieviel\n2026-11-27;5,00\n"
    with pytest.raises(Rejection, match="no column with the date"):
        list(read_csv(data, "EUR", {}))
    (line,) = read_csv(data, "EUR", {"date": "Wann", "amount": "Wieviel"})
    assert line.amount == 500


@pytest.mark.parametrize("cell", ["12.345", "twelve", "1e400", "9" * 15 + ".99e9"])
def test_a_cell_that_is_no_amount_names_its_row(cell: str) -> None:
    with pytest.raises(Rejection, match="row 2"):
        list(read_csv(f"date,amount\n2026-11-27,{cell}\n".encode(), "CNY", {}))


def test_files_without_entries_or_too_large_are_rejected() -> None:
    with pytest.raises(Rejection, match="no booked entries"):
        limited(read_camt(camt()))
    with pytest.raises(Rejection, match="more than"):
        require_size(LARGEST_BYTES + 1)
    with pytest.raises(Rejection, match="out of range"):
        limited([StatementLine(date(2026, 11, 27), 2**63, "CNY")])


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_rejected(data: bytes) -> None:
    with contextlib.suppress(Rejection):
        list(read_camt(data) if is_xml(data) else read_csv(data, "CNY", {}))


def test_equal_lines_of_a_day_have_keys_of_their_own_and_keep_them() -> None:
    line = StatementLine(date(2026, 11, 27), 500, "CNY", "A", "coffee")
    keys = [key for key, _line in with_keys([line, line])]
    assert len(set(keys)) == 2
    assert [key for key, _line in with_keys([line, line])] == keys


@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(1, 3), st.sampled_from(("", "b1", "b2"))),
        min_size=2,
        max_size=12,
    )
)
def test_a_file_with_the_newest_day_first_has_the_same_lines_in_the_same_order(rows) -> None:
    booked = [
        StatementLine(date(2026, 11, day), amount, "CNY", reference=reference)
        for day, amount, reference in sorted(rows, key=lambda row: row[0])
    ]
    assume(booked[0].booked_on != booked[-1].booked_on)
    assert oldest_first(booked) == booked
    assert oldest_first(booked[::-1]) == booked
    assert dict(with_keys(oldest_first(booked[::-1]))) == dict(with_keys(booked))
