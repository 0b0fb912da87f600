"""The ledger: balanced entries, posted once per reference, never changed."""

from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import ledger
from billing.balances import balances
from billing.ledger import Line, book
from billing.models import Account, LedgerEntry, LedgerLine
from core import clock
from core.errors import Rejection
from core.models import Site
from core.money import Money
from tests.billing.books import entries, standing
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db
CASH, PARKING, OWED = Account.Code.CASH, "parking", Account.Code.REFUNDS_DUE
in_transaction = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


def sale(amount: int) -> list[Line]:
    return [Line(CASH, yuan(amount)), Line(PARKING, yuan(-amount))]


@pytest.fixture
def site() -> Site:
    return SiteFactory()


def test_a_sale_is_posted_to_both_accounts(site: Site) -> None:
    book(site, "payment:1", "parking", sale(500))
    assert standing(site) == {"cash": 500, "parking": -500}


def test_posting_the_same_entry_again_changes_nothing(site: Site) -> None:
    first = book(site, "payment:1", "parking", sale(500))
    again = book(site, "payment:1", "parking", sale(500))
    assert again == first
    assert standing(site) == {"cash": 500, "parking": -500}


def test_a_reference_posted_with_other_lines_is_rejected(site: Site) -> None:
    book(site, "payment:1", "parking", sale(500))
    with pytest.raises(Rejection, match="reference: payment:1 is booked already"):
        book(site, "payment:1", "parking", sale(600))
    assert standing(site) == {"cash": 500, "parking": -500}


def test_another_sites_reference_is_rejected(site: Site) -> None:
    book(site, "payment:1", "parking", sale(500))
    with pytest.raises(Rejection, match="reference"):
        book(SiteFactory(), "payment:1", "parking", sale(500))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([Line(CASH, yuan(500)), Line(PARKING, yuan(-499))], "don't balance: 1 CNY too much"),
        ([Line(CASH, yuan(500)), Line(PARKING, Money(-500, "EUR"))], "don't balance"),
        ([], "nothing is booked"),
        ([Line(CASH, yuan(5)), Line(CASH, yuan(-5))], "nothing is booked"),
        ([Line("sweets", yuan(5)), Line(CASH, yuan(-5))], "sweets is no account"),
    ],
)
def test_an_invalid_entry_is_rejected(site: Site, lines: list[Line], problem: str) -> None:
    with pytest.raises(Rejection, match=problem):
        book(site, "payment:1", "parking", lines)
    assert entries(site) == 0


def test_the_database_itself_refuses_an_entry_that_does_not_balance(site: Site) -> None:
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        _write_one_side(site)


def _write_one_side(site: Site) -> None:
    cash = Account.objects.create(site=site, code=CASH, type="asset", currency="CNY")
    now = clock.now()
    entry = LedgerEntry.objects.create(
        site=site, reference="x", memo="", at=now, posted_on=now.date()
    )
    LedgerLine.objects.create(entry=entry, account=cash, amount=5, posted_on=now.date())


def test_a_booked_line_is_final(site: Site) -> None:
    book(site, "payment:1", "parking", sale(500))
    with pytest.raises(IntegrityError, match="book a reversal"), transaction.atomic():
        LedgerLine.objects.update(amount=0)


amounts = st.integers(-(10**12), 10**12)
codes = st.sampled_from(ledger.account_codes())
currencies = st.sampled_from(["CNY", "EUR", "JPY"])


@st.composite
def balanced(draw: st.DrawFn) -> list[Line]:
    """Random lines, and in each currency one more that balances them."""
    lines = draw(st.lists(st.builds(Line, codes, st.builds(Money, amounts, currencies))))
    over: Counter[str] = Counter()
    for line in lines:
        over[line.money.currency] += line.money.minor
    return lines + [Line(draw(codes), Money(-rest, name)) for name, rest in over.items()]


@in_transaction
@given(st.lists(balanced(), max_size=4))
def test_any_balanced_entry_is_posted_exactly(site: Site, many: list[list[Line]]) -> None:
    with transaction.atomic():
        expected: Counter[tuple[str, str]] = Counter()
        for number, lines in enumerate(many):
            sums: Counter[tuple[str, str]] = Counter()
            for line in lines:
                sums[line.account, line.money.currency] += line.money.minor
            if any(sums.values()):
                book(site, f"entry:{number}", "any", lines)
                book(site, f"entry:{number}", "any", reversed(lines))
                expected.update(sums)
        found = {(b.account, b.money.currency): b.money.minor for b in balances(site)}
        assert {side: amount for side, amount in found.items() if amount} == {
            side: amount for side, amount in expected.items() if amount
        }
        assert sum(found.values()) == 0
        transaction.set_rollback(True)


@in_transaction
@given(balanced(), codes, amounts.filter(bool), currencies)
def test_an_entry_off_by_any_amount_is_rejected(
    site: Site, lines: list[Line], code: str, extra: int, currency: str
) -> None:
    with pytest.raises(Rejection, match="balance"):
        book(site, "entry:1", "any", [*lines, Line(code, Money(extra, currency))])
    assert entries(site) == 0
