"""Consumption between two instants: exact, additive, and traceable to its readings."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core import clock
from core.errors import Rejection
from devices.telemetry.registers import Sample
from metering import services
from metering.plausibility import ImplausibleReading
from metering.selectors import meters_at, months, unread_since
from metering.services import NewMeter
from metering.usage import MEASURED_WITHIN, consumption
from tests.factories import SiteFactory, UserFactory
from tests.metering.meters import DAY, install_meter, on, read, replace_meter, used

pytestmark = pytest.mark.django_db
TENTH = Decimal("0.1")


def test_consumption_is_the_difference_times_the_multiplier():
    meter = install_meter(register="1203.4", multiplier="40")
    read(meter, "1251.9", 30)
    found = used(meter, 0, 30)
    assert found.amount == 1940
    (part,) = found.parts
    assert (part.start.shown, part.end.shown, part.advance) == ("1203.4", "1251.9", Decimal("48.5"))


def test_consumption_continues_across_a_replacement():
    meter = install_meter(register="4480")
    following = replace_meter(meter, "4512", "0", 10)
    read(following, "11", 30)
    found = used(meter, 0, 30)
    assert found.amount == 43
    assert [(part.start.shown, part.end.shown) for part in found.parts] == [
        ("4480.0", "4512.0"), ("0.0", "11.0")
    ]  # fmt: skip


def test_each_meter_counts_with_its_own_multiplier_and_digits():
    meter = install_meter(register="99990", multiplier="10")
    following = replace_meter(
        meter, "5", "0.25", 10, new=NewMeter("E-2", 6, Decimal("0.25"), 2), rolled_over=True
    )
    read(following, "100.5", 30)
    found = used(meter, 0, 30)
    assert [part.used for part in found.parts] == [150, Decimal("100.25")]
    assert found.rollovers == 1


def test_an_instant_is_represented_by_its_nearest_reading():
    meter = install_meter()
    read(meter, "100", 29)
    read(meter, "120", 33)
    assert used(meter, 0, 30).amount == 100
    assert used(meter, 0, 31).amount == 100, "of two equally near it is the earlier"
    assert used(meter, 0, 32).amount == 120


def test_a_boundary_far_from_its_reading_is_not_measured():
    meter = install_meter()
    read(meter, "100", 20)
    found = used(meter, 0, 30)
    assert found.last.distance == 10 * DAY
    assert not found.measured
    assert not found.billable
    assert used(meter, 0, 20 + MEASURED_WITHIN / DAY).billable


def test_there_is_no_consumption_before_the_first_or_after_the_last_meter():
    meter = install_meter(register="50")
    services.retire_meter(
        meter, UserFactory(), at=on(20), last_register=Decimal(80), reason="shop closed"
    )
    found = used(meter, -30, 60)
    assert found.amount == 30
    assert found.measured


def test_a_period_after_the_last_reading_is_not_measured():
    meter = install_meter()
    replace_meter(meter, "10", "0", 20)
    assert not used(meter, 0, 60).measured


def test_one_reading_does_not_measure_a_month():
    found = used(install_meter(register="100"), 40, 70)
    assert found.parts == ()
    assert found.amount == 0
    assert not found.measured


def test_a_reading_under_review_makes_consumption_not_billable():
    meter = install_meter(most_per_day="10")
    read(meter, "100", 30)
    noon = on(20.5)
    services.record_device_reading(meter, Sample(noon, noon, 5000.0), noon.date())
    assert used(meter, 0, 30).waiting == 1
    assert not used(meter, 0, 30).billable
    assert used(meter, 0, 30).amount == 100
    assert used(meter, -5, 10).waiting == 0


def test_a_period_ends_after_it_begins():
    with pytest.raises(Rejection, match="end"):
        used(install_meter(), 5, 5)


def test_the_months_of_a_point_reach_back_to_its_first_meter():
    now = clock.now()
    meter = install_meter(at=now - timedelta(days=100))
    services.enter_reading(
        meter, UserFactory(), register=Decimal(700), at=now - timedelta(days=40), note="n"
    )
    found = months(meter.point)
    assert 4 <= len(found) <= 5
    assert [month.over for month in found] == [False, *[True] * (len(found) - 1)]
    assert sum(month.amount for month in found) == 700
    assert all(before.usage.end == month.begins for month, before in pairwise(found))


def test_a_month_begins_in_the_sites_timezone():
    meter = install_meter(SiteFactory(timezone="Asia/Shanghai"))
    begin = months(meter.point, count=2)[0].begins
    assert (begin.day, begin.hour, str(begin.tzinfo)) == (1, 0, "Asia/Shanghai")


def test_a_site_lists_its_meters_those_in_use_first():
    old = install_meter(SiteFactory())
    following = replace_meter(old, "10", "0", 5)
    install_meter()
    read(following, "3.5", 9)
    listed = list(meters_at(old.site))
    assert [(meter.pk, str(meter.last_register)) for meter in listed] == [
        (following.pk, "3.5000"),
        (old.pk, "10.0000"),
    ]
    assert list(unread_since(meters_at(old.site), on(9))) == []
    assert list(unread_since(meters_at(old.site), on(10))) == [following]


# -- for any history of a meter ----------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """The actual use at a point: the time and the sum at each reading.

    Attributes:
        start: the first register value of the first meter, in tenths.
        readings: (day, the sum used until then, in tenths).
        replaced: the index of the reading at which the meter is replaced.
    """

    start: int
    readings: list[tuple[int, int]]
    replaced: int | None

    def sum_at(self, nth: int) -> Decimal:
        return self.readings[nth][1] * TENTH


@st.composite
def histories(draw, *, replacements=True):
    """Generate a history that uses less than one capacity of a three-digit register."""
    days = draw(st.lists(st.integers(1, 400), min_size=2, max_size=6, unique=True).map(sorted))
    sums = draw(st.lists(st.integers(0, 9_990), min_size=len(days), max_size=len(days)).map(sorted))
    replaced = draw(st.none() | st.integers(0, len(days) - 1)) if replacements else None
    return History(draw(st.integers(0, 9_999)), list(zip(days, sums, strict=True)), replaced)


def shown(start: int, steps: int) -> str:
    """Return what a three-digit register shows after that many tenths."""
    return str((start + steps) % 10_000 * TENTH)


def enter_confirmed(meter, register: str, day: float) -> None:
    """Enter a reading, and confirm what the rejections ask for."""
    ticks: dict[str, bool] = {}
    for _each in range(3):
        try:
            read(meter, register, day, **ticks)
        except ImplausibleReading as problem:
            ticks[problem.override or str(problem)] = True
        else:
            return
    raise AssertionError(ticks)


def play_history(history: History, order=None):
    """Enter the readings of a history; those of the first meter come in the given order."""
    meter = install_meter(register=shown(history.start, 0), digits=3, most_per_day="100000")
    first, start = meter, history.start
    nths = list(range(len(history.readings)))
    if history.replaced is None:
        for nth in order or nths:
            day, total = history.readings[nth]
            enter_confirmed(meter, shown(start, total), day)
        return first
    for nth in nths:
        day, total = history.readings[nth]
        if nth == history.replaced:
            rolled = (start + total) % 10_000 < (start + _before(history, nth)) % 10_000
            new = NewMeter("E-2", 3, Decimal("7.5"), 1)
            meter = replace_meter(
                meter, shown(start, total), "7.5", day, new=new, rolled_over=rolled
            )
            start = 75 - total
        else:
            enter_confirmed(meter, shown(start, total), day)
    return first


def _before(history: History, nth: int) -> int:
    return history.readings[nth - 1][1] if nth else 0


@settings(max_examples=20)
@given(histories(), st.data())
def test_consumption_equals_actual_use_for_any_history(django_rolled_back, history, data):
    with django_rolled_back():
        meter = play_history(history)
        low = data.draw(st.integers(0, len(history.readings) - 1))
        high = data.draw(st.integers(low, len(history.readings) - 1))
        if low < high:
            found = used(meter, history.readings[low][0], history.readings[high][0])
            assert found.amount == history.sum_at(high) - history.sum_at(low)


@settings(max_examples=20)
@given(histories(), st.lists(st.floats(-50, 450), min_size=3, max_size=6, unique=True).map(sorted))
def test_adjoining_periods_add_up_and_none_is_negative(django_rolled_back, history, days):
    with django_rolled_back():
        point = play_history(history).point
        instants = sorted({on(day) for day in days})
        each = [consumption(point, a, b).amount for a, b in pairwise(instants)]
        assert all(amount >= 0 for amount in each)
        if each:
            assert sum(each) == consumption(point, instants[0], instants[-1]).amount


@settings(max_examples=20)
@given(histories(replacements=False), st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_change_consumption(django_rolled_back, history, chance):
    order = list(range(len(history.readings)))
    chance.shuffle(order)
    with django_rolled_back():
        meter = play_history(history, order)
        assert used(meter, 0, 500).amount == history.sum_at(-1)


@pytest.fixture(scope="module")
def django_rolled_back():
    """A transaction for each example, rolled back after it."""

    class Again:
        def __enter__(self):
            self.block = transaction.atomic()
            self.block.__enter__()

        def __exit__(self, *error):
            transaction.set_rollback(True)
            self.block.__exit__(*error)

    return Again
