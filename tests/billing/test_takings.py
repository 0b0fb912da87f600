"""A day's money: due, taken, charged and collected."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing.services import lock_cause, open_charge
from billing.takings import takings_today
from core import clock
from core.money import Money
from parking.charges import cause_of, charge_of
from parking.models import Stay
from tests.factories import SiteFactory
from tests.paying import pay

pytestmark = pytest.mark.django_db


def yuan(amount: int) -> Money:
    return Money(100 * amount, "CNY")


def leave(stay: Stay, amount: int = 10) -> None:
    """The stay's charge becomes payable, as when its car has left."""
    with transaction.atomic():
        lock_cause(cause_of(stay))
        open_charge(charge_of(stay), 100 * amount, lines=[])


def test_a_site_without_charges_has_no_collected_share(db):
    takings = takings_today(SiteFactory())
    assert (takings.due, takings.taken, takings.share) == (yuan(0), yuan(0), None)


@pytest.mark.parametrize(
    ("paid", "due", "share"), [(0, 10, 0), (4, 6, 0.4), (7, 3, 0.7), (10, 0, 1)]
)
def test_what_was_paid_of_today_s_charges_is_collected(stay, paid, due, share):
    if paid:
        pay(stay, 100 * paid)
    leave(stay)
    takings = takings_today(stay.site)
    assert (takings.taken, takings.due, takings.charged) == (yuan(paid), yuan(due), yuan(10))
    assert takings.share == share


def test_what_was_paid_before_its_charge_is_payable_is_taken_already(stay):
    pay(stay, 1000)
    takings = takings_today(stay.site)
    assert (takings.taken, takings.charged) == (yuan(10), yuan(0))


def test_another_day_takes_nothing_of_it_but_what_is_due_stays_due(stay):
    pay(stay, 400)
    leave(stay)
    tomorrow = takings_today(stay.site, clock.now() + timedelta(days=1))
    assert (tomorrow.taken, tomorrow.charged, tomorrow.share) == (yuan(0), yuan(0), None)
    assert tomorrow.due == yuan(6)


def test_each_site_has_its_own_money(stay):
    leave(stay)
    assert takings_today(SiteFactory()).due == yuan(0)
