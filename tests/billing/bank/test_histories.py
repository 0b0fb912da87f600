"""Random histories of a bank account and the desk: no money is counted twice, none is lost."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.bank.entries import entries_for, returned_lines
from billing.bank.suggestions import suggestion_for
from billing.models import BankAccount, BankLine, Bill, BillingSettings, LedgerEntry, LedgerLine
from billing.services import (
    Received,
    approve_refund,
    book_charges,
    clear_account,
    confirm_suggestion,
    hand_over_drawer,
    import_statement,
    match_with_bills,
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
from tests.billing.books import standing
from tests.billing.chain_laws import check_payer
from tests.billing.club_fees import PAYER, bill_of, club_charge, register
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
# Few amounts, so that lines and entries are often alike.
AMOUNTS = (3000, 5000, 8000)


class Bank:
    """The bank account of a site, its cashier and one payer."""

    def __init__(self, site: Site, actor: User, other: User) -> None:
        self.site, self.actor, self.other = site, actor, other
        self.account = BankAccount.objects.create(site=site, name="Main")

    def receive(self, amount: int) -> None:
        self._import(amount)

    def pay_out(self, amount: int) -> None:
        self._import(-amount)

    def bill(self, amount: int) -> None:
        bill_of(self.site, club_charge(f"{Bill.objects.count()}", amount))

    def record(self, amount: int) -> None:
        """A transfer, a cheque or a card slip that the desk records."""
        count = LedgerEntry.objects.count()
        method = ("bank_transfer", "cheque", "pos")[count % 3]
        received = Received(method, amount, f"slip-{count}", clock.now().date())
        take_payment(self.site, self.actor, PAYER, received)

    def take_cash_to_the_bank(self, amount: int) -> None:
        drawer = open_drawer(self.site, self.actor)
        take_payment(self.site, self.actor, PAYER, Received("cash", amount))
        hand_over_drawer(drawer, self.actor, counted=amount, destination="bank")

    def refund(self, amount: int) -> None:
        for refund in request_credit_refund(
            self.site, PAYER, self.actor, amount=amount, reason="moved out"
        ):
            approve_refund(refund, self.other)

    def match_suggested(self, amount: int) -> None:
        line = self._line(amount)
        found = suggestion_for(line)
        if found is not None:
            confirm_suggestion(line, self.actor, found)

    def match_bill(self, amount: int) -> None:
        match_with_bills(self._line(amount), self.actor, list(Bill.objects.all())[-1:])

    def match_payer(self, amount: int) -> None:
        match_with_payer(self._line(amount), self.actor, PAYER)

    def match_entry(self, amount: int) -> None:
        for sign in (1, -1):
            line = self._line(sign * amount)
            for entry in entries_for(line)[:1]:
                match_with_entry(line, self.actor, entry)

    def clear(self, amount: int) -> None:
        code = ("pos_clearing", "cheques")[BankLine.objects.count() % 2]
        clear_account(self._line(amount), self.actor, code, charges=amount % 7)

    def charge(self, amount: int) -> None:
        book_charges(self._line(-amount), self.actor)

    def aside(self, amount: int) -> None:
        put_aside(self._line(-amount), self.actor, reason="wages")

    def send_back(self, amount: int) -> None:
        line = self._line(-amount)
        for returned in returned_lines(line)[:1]:
            match_with_returned(line, self.actor, returned)

    def undo(self, amount: int) -> None:
        lines = BankLine.objects.order_by("pk")
        undo_match(lines[amount % max(1, lines.count())], self.actor)

    def _import(self, amount: int) -> None:
        row = f"{clock.now().date()},{amount / 100:.2f},Li,slip-{BankLine.objects.count()}"
        data = f"date,amount,payer,details,reference\n{row},r{BankLine.objects.count()}\n"
        import_statement(self.account, self.actor, data.encode())

    def _line(self, amount: int) -> BankLine:
        rows = BankLine.objects.select_related("account__site").filter(amount=amount)
        line = rows.exclude(state__in=["matched", "noted"]).first()
        if line is None:
            raise Rejection("line", "none", "no such line", "import one")
        return line


STEPS: dict[str, Callable[[Bank, int], None]] = {
    name: getattr(Bank, name)
    for name in (
        *("receive", "pay_out", "bill", "record", "take_cash_to_the_bank", "refund", "clear"),
        *("match_suggested", "match_bill", "match_payer", "match_entry", "charge", "aside"),
        *("send_back", "undo"),
    )
}
steps = st.lists(
    st.tuples(
        st.sampled_from([*STEPS, "receive", "receive", "pay_out", "record", "match_entry"]),
        st.sampled_from(AMOUNTS),
    ),
    min_size=6,
    max_size=18,
)


@pytest.fixture
def bank(db: None) -> Bank:
    register()
    site = SiteFactory()
    BillingSettings.objects.create(site=site, refund_limit=10**9)
    return Bank(site, UserFactory(), UserFactory())


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps)
def test_the_books_agree_with_the_statements_after_any_history(
    bank: Bank, taken: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        for name, amount in taken:
            try:
                with transaction.atomic():
                    STEPS[name](bank, amount)
            except (Rejection, IndexError):
                continue
        _check(bank)
        transaction.set_rollback(True)


def _check(bank: Bank) -> None:
    books = standing(bank.site)
    for entry in LedgerEntry.objects.annotate(sum=Sum("lines__amount")):
        assert entry.sum == 0
    waiting = sum(line.amount for line in BankLine.objects.filter(state="open"))
    assert books.get("suspense", 0) == -waiting
    explained = BankLine.objects.exclude(state__in=["outgoing", "noted"])
    on_statements = sum(line.amount for line in explained)
    assert books.get("bank", 0) == on_statements + _not_on_statements()
    assert books.get("cheques", 0) >= 0
    check_payer(PAYER)


def _not_on_statements() -> int:
    """What was posted to the bank's account by the desk, and is no matched line's money."""
    entries = LedgerEntry.objects.filter(bank_lines=None).exclude(reference__startswith="bank-")
    matched = BankLine.objects.exclude(payment=None).values("payment__public_id")
    known = {f"payment:{each['payment__public_id']}" for each in matched}
    rows = LedgerLine.objects.filter(entry__in=entries, account__code="bank")
    return sum(each.amount for each in rows if each.entry.reference not in known)
