"""Bank lines that are no payment: known to the books, cleared in a sum, charges, sent back."""

from datetime import date
from functools import partial

import pytest

from billing import ledger
from billing.bank.entries import entries_for, returned_lines
from billing.bank.suggestions import Reason, open_lines, suggestion_for
from billing.ledger import Line
from billing.models import BankAccount, BankLine, LedgerEntry
from billing.services import (
    Received,
    approve_refund,
    book_charges,
    clear_account,
    confirm_suggestion,
    hand_over_drawer,
    import_statement,
    match_with_entry,
    match_with_payer,
    match_with_returned,
    open_drawer,
    put_aside,
    request_credit_refund,
    take_payment,
    undo_match,
)
from core import clock
from core.errors import Rejection
from core.models import Site, User
from core.money import Money
from tests.at_once import at_once
from tests.billing.bank.lines import a_line, table
from tests.billing.books import standing
from tests.billing.club_fees import PAYER, register
from tests.factories import SiteFactory, UserFactory
from tests.rejections import code_of

pytestmark = pytest.mark.django_db


def today() -> date:
    return clock.now().date()


def line_of(account: BankAccount, actor: User, amount: str, text: str = "x") -> BankLine:
    """A line of today's statement."""
    a_line(account, actor, amount, "Li", text)
    BankLine.objects.update(booked_on=today())
    return BankLine.objects.select_related("account__site").latest("pk")


def cash_taken_to_the_bank(site: Site, cashier: User, amount: int = 10_000) -> LedgerEntry:
    drawer = open_drawer(site, cashier)
    take_payment(site, cashier, PAYER, Received("cash", amount))
    hand_over_drawer(drawer, cashier, counted=amount, destination="bank")
    return LedgerEntry.objects.latest("pk")


def test_cash_that_a_drawer_took_to_the_bank_is_counted_once(
    site: Site, account: BankAccount, actor: User
) -> None:
    entry = cash_taken_to_the_bank(site, actor)
    line = line_of(account, actor, "100.00")
    found = suggestion_for(line)
    assert found is not None
    assert (found.reason, found.entry, found.is_exact) == (Reason.BOOKED, entry, False)
    confirm_suggestion(line, actor, found)
    assert standing(site) == {"bank": 10_000, "credit": -10_000}
    line.refresh_from_db()
    assert (line.state, line.entry) == ("matched", entry)


def test_an_entry_is_one_line_s_money_only(site: Site, account: BankAccount, actor: User) -> None:
    entry = cash_taken_to_the_bank(site, actor)
    match_with_entry(line_of(account, actor, "100.00"), actor, entry)
    second = line_of(account, actor, "100.00", "y")
    assert suggestion_for(second) is None
    assert code_of(match_with_entry, second, actor, entry) == "not_matching"


def test_two_entries_that_may_be_meant_are_for_a_person_to_tell_apart(
    site: Site, account: BankAccount, actor: User
) -> None:
    for cashier in (actor, UserFactory()):
        cash_taken_to_the_bank(site, cashier)
    line = line_of(account, actor, "100.00")
    assert suggestion_for(line) is None
    assert entries_for(line).count() == 2


def test_a_match_with_an_entry_is_undone(site: Site, account: BankAccount, actor: User) -> None:
    entry = cash_taken_to_the_bank(site, actor)
    line = line_of(account, actor, "100.00")
    before = standing(site)
    for _again in range(2):
        match_with_entry(line, actor, entry)
        undo_match(line, actor)
        assert standing(site) == before
    assert open_lines(site).count() == 1


def test_a_payout_of_the_provider_is_counted_once(
    site: Site, account: BankAccount, actor: User
) -> None:
    money = Money(10_000, site.currency)
    lines = [Line("bank", money), Line("stripe", -money)]
    entry = ledger.book(site, "payout:po_1:1", "payout po_1", lines)
    line = line_of(account, actor, "100.00", "STRIPE po_1")
    found = suggestion_for(line)
    assert found is not None
    assert found.entry == entry
    confirm_suggestion(line, actor, found)
    assert standing(site) == {"bank": 10_000, "stripe": -10_000}


def test_card_slips_arrive_in_a_sum_less_what_the_card_company_keeps(
    site: Site, account: BankAccount, actor: User
) -> None:
    for number in ("S-1", "S-2"):
        take_payment(site, actor, PAYER, Received("pos", 5000, number))
    line = line_of(account, actor, "98.40")
    clear_account(line, actor, "pos_clearing", charges=160)
    assert standing(site) == {"bank": 9840, "provider_fees": 160, "credit": -10_000}
    undo_match(line, actor)
    assert standing(site) == {
        "bank": 9840,
        "suspense": -9840,
        "pos_clearing": 10_000,
        "credit": -10_000,
    }


def test_no_more_is_cleared_than_an_account_holds(
    site: Site, account: BankAccount, actor: User
) -> None:
    take_payment(site, actor, PAYER, Received("cheque", 5000, "000123"))
    line = line_of(account, actor, "50.01")
    assert code_of(clear_account, line, actor, "cheques") == "holds_less"
    assert code_of(clear_account, line, actor, "credit") == "unknown"


def test_money_that_went_out_is_booked_once_a_person_says_what_it_was(
    site: Site, account: BankAccount, actor: User
) -> None:
    line = line_of(account, actor, "-2.00", "account fee")
    assert (line.state, standing(site), suggestion_for(line)) == ("outgoing", {}, None)
    book_charges(line, actor)
    assert standing(site) == {"bank": -200, "provider_fees": 200}
    undo_match(line, actor)
    line.refresh_from_db()
    assert (line.state, standing(site)) == ("outgoing", {})


def test_a_refund_by_transfer_is_the_line_that_went_out(
    site: Site, account: BankAccount, actor: User
) -> None:
    match_with_payer(line_of(account, actor, "100.00"), actor, PAYER)
    (refund,) = request_credit_refund(site, PAYER, actor, amount=4000, reason="moved out")
    approve_refund(refund, UserFactory())
    before = standing(site)
    line = line_of(account, actor, "-40.00", "back to Li")
    found = suggestion_for(line)
    assert found is not None
    assert found.reason == Reason.BOOKED
    confirm_suggestion(line, actor, found)
    assert standing(site) == before == {"bank": 6000, "credit": -6000}


def test_a_cheque_is_paid_back_by_transfer(site: Site, account: BankAccount, actor: User) -> None:
    take_payment(site, actor, PAYER, Received("cheque", 5000, "000123"))
    (refund,) = request_credit_refund(site, PAYER, actor, amount=5000, reason="moved out")
    approve_refund(refund, UserFactory())
    assert standing(site) == {"cheques": 5000, "bank": -5000}


def test_a_transfer_that_the_bank_took_back_leaves_suspense(
    site: Site, account: BankAccount, actor: User
) -> None:
    received = line_of(account, actor, "100.00")
    sent_back = line_of(account, actor, "-100.00", "reversal")
    assert list(returned_lines(sent_back)) == [received]
    match_with_returned(sent_back, actor, received)
    assert standing(site) == {}
    assert not open_lines(site).exists()
    undo_match(received, actor)
    assert standing(site) == {"bank": 10_000, "suspense": -10_000}
    states = BankLine.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["open", "outgoing"]


def test_money_for_something_else_is_put_aside_with_a_reason(
    site: Site, account: BankAccount, actor: User
) -> None:
    line = line_of(account, actor, "-800.00", "wages")
    assert code_of(put_aside, line, actor, reason=" ") == "missing"
    put_aside(line, actor, reason="kept in the payroll books")
    line.refresh_from_db()
    assert (line.state, line.note, standing(site)) == ("noted", "kept in the payroll books", {})
    undo_match(line, actor)
    line.refresh_from_db()
    assert (line.state, line.note) == ("outgoing", "")


def test_money_that_came_in_is_neither_put_aside_nor_charges(
    site: Site, account: BankAccount, actor: User
) -> None:
    line = line_of(account, actor, "5.00")
    assert code_of(put_aside, line, actor, reason="unknown") == "not_open"
    assert code_of(book_charges, line, actor) == "not_open"


def test_what_was_explained_is_not_explained_again(
    site: Site, account: BankAccount, actor: User
) -> None:
    line = line_of(account, actor, "-2.00")
    book_charges(line, actor)
    assert code_of(book_charges, line, actor) == "not_open"
    assert code_of(put_aside, line, actor, reason="again") == "not_open"


def test_a_second_import_of_explained_lines_changes_nothing(
    site: Site, account: BankAccount, actor: User
) -> None:
    data = table(("-2.00", "Bank", "fee", "f1"))
    import_statement(account, actor, data)
    book_charges(BankLine.objects.latest("pk"), actor)
    assert import_statement(account, actor, data).new == 0
    assert standing(site) == {"bank": -200, "provider_fees": 200}


def test_of_two_lines_that_claim_one_entry_at_once_one_gets_it(transactional_db: None) -> None:
    register()
    site, actor = SiteFactory(), UserFactory()
    account = BankAccount.objects.create(site=site, name="Main")
    entry = cash_taken_to_the_bank(site, actor)
    lines = [line_of(account, actor, "100.00", text) for text in "xy"]
    results = at_once(*[partial(match_with_entry, line, actor, entry) for line in lines])
    assert sum(isinstance(each, Rejection) for each in results) == 1
    assert standing(site) == {"bank": 20_000, "suspense": -10_000, "credit": -10_000}
