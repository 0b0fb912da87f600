"""The VAT of stays: at the rate of the day on which the car left, alone and in bulk."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Charge, LedgerLine
from core import clock
from core.events import publish_together
from parking import charges
from parking.models import Stay
from tests.billing.vat_rates import vat_rate
from tests.factories import StayFactory
from tests.parking.histories import Lot, Seen, at
from tests.parking.test_offline_records import RECEIVED, records

pytestmark = pytest.mark.django_db
PLATES = [f"沪V0000{n}" for n in range(3)]


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


def posted(site) -> list[tuple[object, ...]]:
    """The amounts of the site's charges with their VAT, and the lines of its ledger."""
    rows = Charge.objects.filter(site=site).values_list("amount", "vat_rate", "vat_amount")
    lines = LedgerLine.objects.filter(account__site=site).values_list("account__code", "amount")
    return [*sorted(rows), *sorted(lines)]


def test_the_charge_of_a_stay_contains_vat_that_is_posted_apart(set_clock) -> None:
    stay = StayFactory(entered_at=at(0), left_at=at(5400), status="closed", price=1000)
    vat_rate(stay.site, "9")
    charge = charges.post_charge(stay)
    assert (charge.amount, charge.vat_rate, charge.vat_amount) == (1000, 9, 83)
    lines = dict(LedgerLine.objects.filter(charge=charge).values_list("account__code", "amount"))
    assert lines == {"receivable": 1000, "parking": -917, "vat_payable": -83}


def test_cars_that_left_during_an_outage_have_the_vat_of_each_alone(set_clock) -> None:
    lots = [Lot(set_clock), Lot(set_clock)]
    exits = [Seen(9000 + n, "out", plate, True) for n, plate in enumerate(PLATES)]
    for lot, together in zip(lots, (True, False), strict=True):
        vat_rate(lot.gate.site, "9")
        for n, plate in enumerate(PLATES):
            lot.deliver(Seen(100 + n, "in", plate), at(100 + n))
        lot.set_clock(RECEIVED)
        found = records(lot, "out", exits)
        for part in [found] if together else [[each] for each in found]:
            publish_together(part)
    first, second = (posted(lot.gate.site) for lot in lots)
    assert first == second
    assert first[:3] == [(1500, 9, 124)] * 3


@pytest.mark.parametrize("amount", [1000, 0])
def test_a_rate_costs_no_statement_more_when_a_car_leaves(amount: int) -> None:
    plain, taxed = (
        StayFactory(entered_at=at(0), left_at=at(5400), status="closed", price=amount)
        for _ in range(2)
    )
    vat_rate(taxed.site)
    assert statements(plain) == statements(taxed)


def statements(stay: Stay) -> list[str]:
    """What is sent when the charge of a stay is posted, without the values."""
    charges.begin_charge(stay)
    with CaptureQueriesContext(connection) as captured:
        charges.post_charge(stay)
    return [each["sql"].split()[0] for each in captured]
