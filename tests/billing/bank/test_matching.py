"""Bank statements: each line once, matched with what it pays, undone without a trace."""

from datetime import date
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.bank.suggestions import Reason, open_lines, suggestion_for, suggestions_for
from billing.models import BankAccount, BankLine, Bill
from billing.outstanding import amount_due, credit_balance
from billing.services import (
    Received,
    approve_refund,
    confirm_suggestion,
    import_statement,
    match_with_bills,
    match_with_payer,
    match_with_recorded,
    request_credit_refund,
    take_payment,
    undo_match,
)
from core.errors import Rejection
from core.models import Site, User
from tests.at_once import at_once
from tests.billing.bank.lines import a_line, table
from tests.billing.books import check_constraints, standing
from tests.billing.club_fees import PAYER, bill_of, club_charge, register
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_money_of_a_line_waits_in_suspense(account: BankAccount, actor: User) -> None:
    data = table(("5.00", "Li", "x", "r1"), ("-2.00", "Power", "y", "r2"))
    done = import_statement(account, actor, data)
    assert (done.new, done.known, done.matched) == (2, 0, 0)
    assert standing(account.site) == {"bank": 500, "suspense": -500}
    assert open_lines(account.site).count() == 1


def test_a_second_import_adds_only_what_is_new(account: BankAccount, actor: User) -> None:
    first = ("5.00", "Li", "x", "r1")
    import_statement(account, actor, table(first))
    done = import_statement(account, actor, table(first, ("6.00", "Li", "x", "r2")))
    assert (done.new, done.known) == (1, 1)
    assert standing(account.site) == {"bank": 1100, "suspense": -1100}


def test_a_line_that_quotes_a_bill_pays_it(site: Site, account: BankAccount, actor: User) -> None:
    bill = bill_of(site, club_charge("a", 10_000))
    line = a_line(account, actor, "100.00", "Someone", f"fees {bill.payment_reference}")
    found = suggestion_for(line)
    assert found is not None
    assert (found.reason, found.bills, found.is_exact) == (Reason.REFERENCE, (bill,), True)
    payment = confirm_suggestion(line, actor, found)
    assert (payment.method, payment.payer) == ("bank_transfer", PAYER)
    assert not amount_due(bill)
    assert standing(site) == {"bank": 10_000, "club_fees": -10_000}
    check_constraints()


@pytest.mark.parametrize(("amount", "due", "credit"), [("150.00", 0, 5000), ("40.00", 6000, 0)])
def test_too_much_becomes_credit_and_too_little_a_part_payment(
    site: Site, account: BankAccount, actor: User, amount: str, due: int, credit: int
) -> None:
    bill = bill_of(site, club_charge("a", 10_000))
    match_with_bills(a_line(account, actor, amount), actor, [bill])
    assert amount_due(bill).minor == due
    assert credit_balance(site, PAYER).minor == credit


def test_one_transfer_pays_all_the_bills_that_it_quotes(
    site: Site, account: BankAccount, actor: User
) -> None:
    bills = [bill_of(site, club_charge(name, 10_000)) for name in "ab"]
    quoted = " ".join(bill.payment_reference for bill in bills)
    line = a_line(account, actor, "200.00", "Li", quoted)
    found = suggestion_for(line)
    assert found is not None
    assert (found.bills, found.is_exact) == (tuple(bills), True)
    confirm_suggestion(line, actor, found)
    assert [amount_due(bill).minor for bill in bills] == [0, 0]
    assert standing(site) == {"bank": 20_000, "club_fees": -20_000}


def test_a_transfer_for_the_bills_of_two_payers_is_for_a_person_to_decide(
    site: Site, account: BankAccount, actor: User
) -> None:
    mine = bill_of(site, club_charge("a", 10_000))
    other = bill_of(site, club_charge("b", 10_000), payer=("person", "77"))
    quoted = f"{mine.payment_reference} {other.payment_reference}"
    line = a_line(account, actor, "200.00", "Li", quoted)
    assert suggestion_for(line) is None
    with pytest.raises(Rejection, match="several payers"):
        match_with_bills(line, actor, [mine, other])


@pytest.mark.parametrize(("method", "held"), [("cheque", "cheques"), ("pos", "pos_clearing")])
def test_a_cheque_or_a_card_that_arrives_at_the_bank_is_not_counted_twice(
    site: Site, account: BankAccount, actor: User, method: str, held: str
) -> None:
    received = Received(method, 10_000, "000123", date(2026, 11, 3))
    payment = take_payment(site, actor, PAYER, received)
    assert standing(site) == {held: 10_000, "credit": -10_000}
    line = a_line(account, actor, "100.00", "Li", "cheque 000123")
    found = suggestion_for(line)
    assert found is not None
    assert (found.reason, found.payment) == (Reason.RECORDED, payment)
    confirm_suggestion(line, actor, found)
    assert standing(site) == {"bank": 10_000, "credit": -10_000}
    undo_match(line, actor)
    assert standing(site) == {
        held: 10_000,
        "bank": 10_000,
        "credit": -10_000,
        "suspense": -10_000,
    }


def test_lines_that_fit_exactly_are_matched_where_the_account_says_so(
    site: Site, account: BankAccount, actor: User
) -> None:
    bills = [bill_of(site, club_charge(name, 10_000)) for name in "ab"]
    account.matches_exact = True
    account.save()
    rows = [
        ("100.00", "Li", bills[0].payment_reference, "r1"),
        ("99.00", "Li", bills[1].payment_reference, "r2"),
    ]
    assert import_statement(account, actor, table(*rows)).matched == 1
    assert [amount_due(bill).minor for bill in bills] == [0, 10_000]


def test_the_only_bill_of_that_name_and_amount_is_suggested(
    site: Site, account: BankAccount, actor: User
) -> None:
    bill = bill_of(site, club_charge("a", 10_000))
    line = a_line(account, actor, "100.00", "li wei")
    found = suggestion_for(line)
    assert found is not None
    assert (found.reason, found.bills, found.is_exact) == (Reason.AMOUNT_AND_NAME, (bill,), False)
    bill_of(site, club_charge("b", 10_000))
    assert suggestion_for(line) is None


def test_a_bill_of_another_site_is_not_suggested(account: BankAccount, actor: User) -> None:
    other = bill_of(SiteFactory(), club_charge("a", 10_000))
    line = a_line(account, actor, "100.00", other.payer_name, other.payment_reference)
    assert suggestion_for(line) is None


def test_a_transfer_that_the_desk_recorded_is_not_counted_twice(
    site: Site, account: BankAccount, actor: User
) -> None:
    received = Received("bank_transfer", 10_000, "TX-9931", date(2026, 11, 27))
    payment = take_payment(site, actor, PAYER, received)
    line = a_line(account, actor, "100.00", "Li", "tx-9931")
    found = suggestion_for(line)
    assert found is not None
    assert (found.reason, found.payment) == (Reason.RECORDED, payment)
    confirm_suggestion(line, actor, found)
    assert standing(site) == {"bank": 10_000, "credit": -10_000}
    undo_match(line, actor)
    assert standing(site) == {"bank": 20_000, "credit": -10_000, "suspense": -10_000}
    payment.refresh_from_db()
    assert payment.state == "paid"


def test_a_line_of_another_amount_is_no_recorded_transfer(
    site: Site, account: BankAccount, actor: User
) -> None:
    payment = take_payment(site, actor, PAYER, Received("bank_transfer", 10_000, "TX-9931"))
    with pytest.raises(Rejection, match="of another amount"):
        match_with_recorded(a_line(account, actor, "90.00"), actor, payment)


def test_a_match_is_undone_and_made_again(site: Site, account: BankAccount, actor: User) -> None:
    bill = bill_of(site, club_charge("a", 10_000))
    line = a_line(account, actor, "100.00")
    payment = match_with_bills(line, actor, [bill])
    undo_match(line, actor)
    payment.refresh_from_db()
    assert (payment.state, amount_due(bill).minor) == ("void", 10_000)
    assert standing(site) == {
        "bank": 10_000,
        "suspense": -10_000,
        "receivable": 10_000,
        "club_fees": -10_000,
    }
    match_with_payer(line, actor, PAYER)
    assert standing(site) == {"bank": 10_000, "club_fees": -10_000}
    check_constraints()


def test_a_match_whose_money_was_refunded_stays(
    site: Site, account: BankAccount, actor: User
) -> None:
    line = a_line(account, actor, "100.00")
    match_with_payer(line, actor, PAYER)
    (refund,) = request_credit_refund(site, PAYER, actor, amount=100, reason="moved out")
    approve_refund(refund, UserFactory())
    assert standing(site) == {"bank": 9900, "credit": -9900}
    with pytest.raises(Rejection, match="a refund of this payment exists"):
        undo_match(line, actor)


def test_a_matched_line_is_not_matched_again(account: BankAccount, actor: User) -> None:
    line = a_line(account, actor, "100.00")
    match_with_payer(line, actor, PAYER)
    with pytest.raises(Rejection, match="matched already"):
        match_with_payer(line, actor, PAYER)


def test_a_statement_in_another_currency_is_rejected(account: BankAccount, actor: User) -> None:
    data = (
        b"<Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy='EUR'>1.00</Amt><CdtDbtInd>CRDT"
        b"</CdtDbtInd><BookgDt><Dt>2026-11-27</Dt></BookgDt></Ntry></Stmt></BkToCstmrStmt>"
        b"</Document>"
    )
    with pytest.raises(Rejection, match="account in EUR"):
        import_statement(account, actor, data)
    assert standing(account.site) == {}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_import_and_match_at_once_do_it_once(transactional_db: None) -> None:
    register()
    site, actor = SiteFactory(), UserFactory()
    account = BankAccount.objects.create(site=site, name="Main")
    bill: Bill = bill_of(site, club_charge("a", 10_000))
    data = table(("100.00", "Li", "x", "r1"))
    at_once(*[partial(import_statement, account, actor, data)] * 2)
    line = BankLine.objects.get()
    results = at_once(*[partial(match_with_bills, line, actor, [bill])] * 3)
    assert sum(isinstance(each, Rejection) for each in results) == 2
    assert standing(site) == {"bank": 10_000, "club_fees": -10_000}


def test_bills_are_read_once_for_all_lines_of_a_page(
    site: Site, account: BankAccount, actor: User
) -> None:
    named = bill_of(site, club_charge("a", 10_000))
    quoted = [bill_of(site, club_charge(name, 700)) for name in "bcd"]
    lines = [
        a_line(account, actor, "100.00", named.payer_name),
        *(a_line(account, actor, "7.00", "x", bill.payment_reference) for bill in quoted),
    ]
    with CaptureQueriesContext(connection) as captured:
        found = suggestions_for(lines)
    assert [found[line.pk].bills for line in lines] == [(named,), *((bill,) for bill in quoted)]
    of_bills = [each for each in captured if 'FROM "billing_bill" ' in each["sql"]]
    assert len(of_bills) == 2  # by reference, and by name


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_oldest_of_two_transfers_for_a_bill_pays_it_in_either_order_of_the_file(
    site: Site, account: BankAccount, actor: User, newest_first: bool
) -> None:
    account.matches_exact = True
    account.save()
    bill = bill_of(site, club_charge("c", 1000))
    rows = [f"2026-11-{day},10.00,Li,{bill.payment_reference},r{day}" for day in (26, 27)]
    rows = rows[::-1] if newest_first else rows
    import_statement(
        account, actor, "\n".join(["date,amount,payer,details,reference", *rows]).encode()
    )
    matched = BankLine.objects.get(state="matched")
    assert matched.booked_on == date(2026, 11, 26)
