"""Statements as CSV or XLSX, whose columns each bank calls differently."""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.bank.lines import MAX_MINOR, StatementLine, not_a_statement
from core.currencies import exponent
from core.errors import Rejection
from core.tables import DateOrder, half_width, open_table, parse_date
from core.tables.numbers import parse_decimal

# By field, the titles that banks use; a site adds its bank's own.
KNOWN_TITLES: dict[str, tuple[str, ...]] = {
    "date": (
        "date",
        "booking date",
        "transaction date",
        "交易日期",
        "记账日期",
        "交易时间",
        "日期",
    ),
    "amount": ("amount", "交易金额", "金额", "发生额"),
    "credit": ("credit", "money in", "paid in", "收入金额", "贷方发生额", "贷方金额", "收入"),
    "debit": ("debit", "money out", "paid out", "支出金额", "借方发生额", "借方金额", "支出"),
    # Whether an amount without a sign came in or went out.
    "side": (
        "debit/credit",
        "credit/debit",
        "dr/cr",
        "d/c",
        "借贷标志",
        "借贷方向",
        "借贷",
        "借/贷",
        "收支标志",
        "收支类型",
        "收/支",
    ),
    "name": ("name", "payer", "counterparty", "对方户名", "对方名称", "付款人名称", "付款人"),
    "text": ("description", "details", "reference text", "摘要", "附言", "备注", "用途"),
    "reference": ("reference", "transaction id", "交易流水号", "流水号", "凭证号"),
}
_OUTGOING = {"借", "借方", "支", "支出", "付", "转出", "d", "dr", "debit", "dbit"}
_INCOMING = {"贷", "贷方", "收", "收入", "转入", "c", "cr", "credit", "crdt"}
_SUMS = {"合计", "总计", "小计", "本页合计", "total", "totals", "sum", "subtotal"}
_SIGNS = re.compile(r"[¥￥$€£元 ]")
_BRACKETED = re.compile(r"\((.+)\)")
# The titles stand below a heading with the account's name and period.
_HEADING_ROWS = 30


def read_csv(data: bytes, currency: str, columns: Mapping[str, str]) -> Iterator[StatementLine]:
    """Yield the movements of a table.

    Args:
        data: the file.
        currency: of the account.
        columns: by field, what this bank calls its column; others are found by usual titles.

    Raises:
        Rejection: it is no table, lacks a date or an amount, or a cell of those is unreadable.
    """
    places: dict[str, int] = {}
    for row in open_table(io.BytesIO(data)):
        if not places:
            places = _places(row.cells, columns)
            if not places and row.number > _HEADING_ROWS:
                break
            continue
        line = _line(row.cells, places, currency, row.number)
        if line is not None:
            yield line
    if not places:
        raise Rejection(
            "file",
            "column_missing",
            _("has no column with the date, or none with the amount"),
            _("enter what your bank calls them in the account's settings"),
        )


def _places(cells: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Return the column of each field if the row has the titles; else none."""
    titles = {_fold(cell): place for place, cell in reversed(list(enumerate(cells))) if cell}
    found = {}
    for field, usual in KNOWN_TITLES.items():
        own = columns.get(field, "")
        names = [own] if own else usual
        place = next((titles[_fold(name)] for name in names if _fold(name) in titles), None)
        if place is not None:
            found[field] = place
    has_amount = "amount" in found or "credit" in found
    return found if "date" in found and has_amount else {}


def _line(
    cells: list[str], places: Mapping[str, int], currency: str, number: int
) -> StatementLine | None:
    """Return the movement of a row; None for one without an amount, or with a sum."""

    def cell(field: str) -> str:
        place = places.get(field)
        return cells[place] if place is not None and place < len(cells) else ""

    day = half_width(cell("date")).strip()
    if any(_fold(each).rstrip(":") in _SUMS for each in ([day] if day else cells)):
        return None
    try:
        amount = _amount(cell, currency)
        if not amount:
            return None
        # Many banks write the time of day after the date.
        booked_on = parse_date("date", day.split(" ")[0].split("T")[0], DateOrder.UNKNOWN)
    except Rejection as rejection:
        problem = _("row %(row)s: %(problem)s") % {"row": number, "problem": rejection.message}
        raise not_a_statement(problem) from None
    return StatementLine(
        booked_on=booked_on,
        amount=amount,
        currency=currency,
        name=cell("name").strip()[:200],
        text=cell("text").strip()[:1000],
        reference=cell("reference").strip()[:120],
    )


def _amount(cell: Callable[[str], str], currency: str) -> int:
    """Return the signed amount in minor units; 0 where the row has none."""
    if text := cell("amount").strip():
        minor = _minor(text, currency)
        return -abs(minor) if minor and _is_outgoing(cell("side"), minor) else minor
    incoming, outgoing = cell("credit").strip(), cell("debit").strip()
    return _minor(incoming, currency) - abs(_minor(outgoing, currency))


def _is_outgoing(side: str, minor: int) -> bool:
    """Return whether an amount went out, by the column that says so if there is one.

    Raises:
        Rejection: the column has an unknown word.
    """
    word = _fold(side)
    if word and word not in _OUTGOING | _INCOMING:
        raise Rejection(
            "side",
            "unknown",
            _("“%(word)s” is neither money in nor money out") % {"word": side.strip()},
            _("enter which column says so in the account's settings"),
        )
    return word in _OUTGOING or (not word and minor < 0)


def _minor(text: str, currency: str) -> int:
    text = _number(text, currency)
    if not text or text in ("-", "--"):
        return 0
    places = exponent(currency)
    most = Decimal(MAX_MINOR).scaleb(-places)
    number = parse_decimal("amount", text, places=places, minimum=-most, maximum=most)
    return int(number.scaleb(places))


def _number(text: str, currency: str) -> str:
    """Return an amount as a number: without its currency, and with a sign in front."""
    bare = half_width(text).strip().removeprefix(currency).removesuffix(currency)
    bare = _SIGNS.sub("", bare)
    if bracketed := _BRACKETED.fullmatch(bare):
        return f"-{bracketed[1].strip()}"
    return f"-{bare[:-1]}" if len(bare) > 1 and bare.endswith("-") else bare


def _fold(title: str) -> str:
    return "".join(half_width(title).casefold().split())
