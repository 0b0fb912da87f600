"""The daily totals of accounts: they are the sums of the lines, and are corrected by them."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.balances import correct_daily_totals, differing_totals, merge_daily_totals
from billing.ledger import Line, book
from billing.models import Account, DailyTotal
from core import clock
from core.models import Site
from core.money import Money
from tests.billing.books import standing
from tests.factories import SiteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    site = SiteFactory(slug="jade", currency="KWD", timezone="UTC")
    money = Money(1500, "KWD")
    book(site, "first", "", [Line("cash", money), Line("credit", -money)])
    return site


def add_to(site: Site, amount: int) -> None:
    """Add to today's total of cash what no line says."""
    account = Account.objects.get(site=site, code="cash")
    DailyTotal.objects.create(account=account, posted_on=clock.now().date(), amount=amount)


def printed() -> list[str]:
    output = StringIO()
    call_command("correct_totals", stdout=output)
    return output.getvalue().splitlines()


def test_totals_that_agree_are_left_alone(site: Site) -> None:
    assert differing_totals() == []
    assert printed() == ["0 daily totals corrected."]


def test_a_total_that_differs_is_named_and_corrected_once(site: Site) -> None:
    add_to(site, 7)
    day = clock.now().date()
    assert printed() == [
        f"jade cash KWD {day}: total 1507, lines 1500",
        "1 daily totals corrected.",
    ]
    assert standing(site) == {"cash": 1500, "credit": -1500}
    assert printed() == ["0 daily totals corrected."]


def test_only_days_from_the_first_one_are_compared(site: Site) -> None:
    add_to(site, 7)
    assert differing_totals(since=date(2999, 1, 1)) == []


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(-(2**62), 2**62).filter(bool), max_size=3))
def test_any_differences_are_corrected_before_or_after_rows_are_merged(
    site: Site, amounts: list[int]
) -> None:
    for amount in amounts:
        add_to(site, amount)
        merge_daily_totals()
    correct_daily_totals()
    assert standing(site) == {"cash": 1500, "credit": -1500}
