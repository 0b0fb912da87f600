"""Invariants of a stay's price and payments."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from parking.models import Stay
from parking.selectors import due_now
from tests.factories import HOURLY, StayFactory, TariffFactory, VehicleFactory
from tests.gate import GateScene
from tests.paying import pay

CAPPED = HOURLY | {"caps": [{"window": "24h", "amounts": [2100]}]}
STEPPED = HOURLY | {
    "elements": [
        {
            "id": "day",
            "when": {"time": ["07:00", "21:00"]},
            "steps": [{"upto": 60, "unit": 60, "price": 500}, {"unit": 30, "price": 250}],
        },
        {"id": "night", "steps": [{"unit": 60, "price": 100}]},
    ],
    "caps": [{"window": "24h", "amounts": [3000, 4000]}],
}
documents = st.sampled_from([HOURLY, CAPPED, STEPPED])
lengths = st.integers(min_value=0, max_value=4 * 24 * 60)
# When each payment is made, as a share of the stay, and how much of what is then due it pays.
payments = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=4).map(sorted)
#: Of the leave of a car: when it begins and ends, as shares of the stay.
leaves = st.none() | st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5)).map(sorted)

pytestmark = pytest.mark.django_db


def parked(document, minutes, leave=None) -> Stay:
    """A stay of so many minutes that ends now."""
    length = timedelta(minutes=minutes)
    gate = GateScene.build(priced=False)
    tariff = TariffFactory(lot=gate.lot, document=document)
    began = clock.now() - length
    stay = StayFactory(lot=gate.lot, tariff=tariff, plate="粤B12345", entered_at=began)
    if leave and leave[0] < leave[1]:
        begins, ends = (began + length * share for share in leave)
        VehicleFactory(
            person__site=gate.site,
            plate=stay.plate,
            begins_at=begins,
            ends_at=max(ends, begins + timedelta(seconds=1)),
        )
    stay.gate = gate
    return stay


def pay_shares(stay, minutes, shares) -> int:
    """Pay these shares during the stay; return the total paid."""
    altogether = 0
    for when, part in shares:
        at = stay.entered_at + timedelta(minutes=minutes) * when
        amount = round(due_now(stay, at).due * part)
        if amount:
            pay(stay, amount, at)
            altogether += amount
    return altogether


@contextmanager
def undone() -> Iterator[None]:
    """Roll back the writes of one example: hypothesis runs many within one test."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=30, deadline=None)
@given(document=documents, minutes=lengths, shares=payments, leave=leaves)
def test_paying_on_the_way_never_costs_more_and_nothing_is_due_below_zero(
    document, minutes, shares, leave
):
    with undone():
        stay = parked(document, minutes, leave)
        left_at = stay.entered_at + timedelta(minutes=minutes)
        without_paying = due_now(stay, left_at).due
        paid = pay_shares(stay, minutes, shares)
        rest = due_now(stay, left_at)
        assert rest.due >= 0
        assert paid + rest.due <= without_paying
        assert rest.paid == paid


@settings(max_examples=25, deadline=None)
@given(document=documents, minutes=lengths, shares=payments, leave=leaves)
def test_a_stay_that_has_left_keeps_its_price_with_lines_that_add_up_to_it(
    document, minutes, shares, leave
):
    with undone():
        stay = parked(document, minutes, leave)
        pay_shares(stay, minutes, shares)
        passage = stay.gate.sees(stay.gate.exit, stay.plate)
        if passage.state == "unpaid":
            pay(stay, due_now(stay).due, clock.now())
        stay.refresh_from_db()
        assert stay.status == "closed"
        assert sum(line["amount"] for line in stay.lines) == stay.price
        owed = due_now(stay, clock.now() + timedelta(days=9))
        assert (owed.price, owed.due) == (stay.price, 0)


@settings(max_examples=25, deadline=None)
@given(document=documents, minutes=lengths, more=lengths, leave=leaves)
def test_a_longer_stay_never_costs_less_to_leave(document, minutes, more, leave):
    with undone():
        stay = parked(document, minutes, leave)
        left_at = stay.entered_at + timedelta(minutes=minutes)
        later = due_now(stay, left_at + timedelta(minutes=more))
        assert due_now(stay, left_at).due <= later.due
