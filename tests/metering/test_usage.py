"""What was used between two instants: exact, additive, and honest about what it rests on."""

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
from tests.metering.meters import DAY, follow, hang, on, read, used

pytestmark = pytest.mark.django_db
TENTH = Decimal("0.1")


def test_use_is_the_difference_of_the_registers_times_the_multiplier():
    meter = hang(register="1203.4", multiplier="40")
    read(meter, "1251.9", 30)
    found = used(meter, 0, 30)
    assert found.amount == 1940
    (part,) = found.parts
    assert (part.start.shown, part.end.shown, part.advance) == ("1203.4", "1251.9", Decimal("48.5"))


def test_use_runs_on_across_a_replacement():
    meter = hang(register="4480")
    following = follow(meter, "4512", "0", 10)
    read(following, "11", 30)
    found = used(meter, 0, 30)
    assert found.amount == 43
    assert [(part.start.shown, part.end.shown) for part in found.parts] == [
        ("4480.0", "4512.0"), ("0.0", "11.0")
    ]  # fmt: skip


def test_each_meter_counts_with_its_own_multiplier_and_digits():
    meter = hang(register="99990", multiplier="10")
    following = follow(
        meter, "5", "0.25", 10, new=NewMeter("E-2", 6, Decimal("0.25"), 2), rolled_over=True
    )
    read(following, "100.5", 30)
    found = used(meter, 0, 30)
    assert [part.used for part in found.parts] == [150, Decimal("100.25")]
    assert found.rollovers == 1


def test_an_instant_is_worth_the_reading_nearest_to_it():
    meter = hang()
    read(meter, "100", 29)
    read(meter, "120", 33)
    assert used(meter, 0, 30).amount == 100
    assert used(meter, 0, 31).amount == 100, "of two equally near it is the earlier"
    assert used(meter, 0, 32).amount == 120


def test_an_end_read_long_before_or_after_is_not_measured():
    meter = hang()
    read(meter, "100", 20)
    found = used(meter, 0, 30)
    assert found.last.distance == 10 * DAY
    assert not found.measured
    assert not found.billable
    assert used(meter, 0, 20 + MEASURED_WITHIN / DAY).billable


def test_before_the_first_meter_and_after_the_last_one_nothing_was_used():
    meter = hang(register="50")
    services.retire_meter(
        meter, UserFactory(), at=on(20), last_register=Decimal(80), reason="shop closed"
    )
    found = used(meter, -30, 60)
    assert found.amount == 30
    assert found.measured


def test_a_gap_between_a_replaced_meter_and_today_is_told():
    meter = hang()
    follow(meter, "10", "0", 20)
    assert not used(meter, 0, 60).measured


def test_one_reading_is_no_measurement_of_a_month():
    found = used(hang(register="100"), 40, 70)
    assert found.parts == ()
    assert found.amount == 0
    assert not found.measured


def test_a_reading_that_waits_for_a_review_holds_the_bill_back():
    meter = hang(most_per_day="10")
    read(meter, "100", 30)
    noon = on(20.5)
    services.record_device_reading(meter, Sample(noon, noon, 5000.0), noon.date())
    assert used(meter, 0, 30).waiting == 1
    assert not used(meter, 0, 30).billable
    assert used(meter, 0, 30).amount == 100
    assert used(meter, -5, 10).waiting == 0


def test_a_period_ends_after_it_begins():
    with pytest.raises(Rejection, match="end"):
        used(hang(), 5, 5)


def test_the_months_of_a_point_reach_back_to_its_first_meter():
    now = clock.now()
    meter = hang(at=now - timedelta(days=100))
    services.enter_reading(
        meter, UserFactory(), register=Decimal(700), at=now - timedelta(days=40), note="n"
    )
    found = months(meter.point)
    assert 4 <= len(found) <= 5
    assert [month.over for month in found] == [False, *[True] * (len(found) - 1)]
    assert sum(month.amount for month in found) == 700
    assert all(before.usage.end == month.begins for month, before in pairwise(found))


def test_a_month_begins_on_the_site_s_own_clock():
    meter = hang(SiteFactory(timezone="Asia/Shanghai"))
    begin = months(meter.point, count=2)[0].begins
    assert (begin.day, begin.hour, str(begin.tzinfo)) == (1, 0, "Asia/Shanghai")


def test_a_site_lists_its_meters_those_in_use_first():
    old = hang(SiteFactory())
    following = follow(old, "10", "0", 5)
    hang()
    read(following, "3.5", 9)
    listed = list(meters_at(old.site))
    assert [(meter.pk, str(meter.last_register)) for meter in listed] == [
        (following.pk, "3.5000"),
        (old.pk, "10.0000"),
    ]
    assert list(unread_since(meters_at(old.site), on(9))) == []
    assert list(unread_since(meters_at(old.site), on(10))) == [following]


# -- for any life of a meter ----------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """What a point really used: the time and the sum at each reading.

    Attributes:
        start: where on its register the first meter began.
        readings: (day, all that was used by then), in tenths.
        replaced: at which of the readings the meter is replaced.
    """

    start: int
    readings: list[tuple[int, int]]
    replaced: int | None

    def sum_at(self, nth: int) -> Decimal:
        return self.readings[nth][1] * TENTH


@st.composite
def lives(draw, *, replacements=True):
    """A life in which less than a turn of a three-digit register with a decimal is used."""
    days = draw(st.lists(st.integers(1, 400), min_size=2, max_size=6, unique=True).map(sorted))
    sums = draw(st.lists(st.integers(0, 9_990), min_size=len(days), max_size=len(days)).map(sorted))
    replaced = draw(st.none() | st.integers(0, len(days) - 1)) if replacements else None
    return Life(draw(st.integers(0, 9_999)), list(zip(days, sums, strict=True)), replaced)


def shown(start: int, steps: int) -> str:
    """What a register of 1000.0 shows after so many tenths."""
    return str((start + steps) % 10_000 * TENTH)


def tell(meter, register: str, day: float) -> None:
    """Enter a reading, and tick what is asked for."""
    ticks: dict[str, bool] = {}
    for _each in range(3):
        try:
            read(meter, register, day, **ticks)
        except ImplausibleReading as problem:
            ticks[problem.override or str(problem)] = True
        else:
            return
    raise AssertionError(ticks)


def live(life: Life, order=None):
    """Play a life; the readings of the first meter come in the given order."""
    meter = hang(register=shown(life.start, 0), digits=3, most_per_day="100000")
    first, start = meter, life.start
    nths = list(range(len(life.readings)))
    if life.replaced is None:
        for nth in order or nths:
            day, total = life.readings[nth]
            tell(meter, shown(start, total), day)
        return first
    for nth in nths:
        day, total = life.readings[nth]
        if nth == life.replaced:
            rolled = (start + total) % 10_000 < (start + _before(life, nth)) % 10_000
            new = NewMeter("E-2", 3, Decimal("7.5"), 1)
            meter = follow(meter, shown(start, total), "7.5", day, new=new, rolled_over=rolled)
            start = 75 - total
        else:
            tell(meter, shown(start, total), day)
    return first


def _before(life: Life, nth: int) -> int:
    return life.readings[nth - 1][1] if nth else 0


@settings(max_examples=30)
@given(lives(), st.data())
def test_whatever_happens_to_the_meters_the_sum_is_what_was_used(django_rolled_back, life, data):
    with django_rolled_back():
        meter = live(life)
        low = data.draw(st.integers(0, len(life.readings) - 1))
        high = data.draw(st.integers(low, len(life.readings) - 1))
        if low < high:
            found = used(meter, life.readings[low][0], life.readings[high][0])
            assert found.amount == life.sum_at(high) - life.sum_at(low)


@settings(max_examples=30)
@given(lives(), st.lists(st.floats(-50, 450), min_size=3, max_size=6, unique=True).map(sorted))
def test_adjoining_periods_add_up_and_none_is_negative(django_rolled_back, life, days):
    with django_rolled_back():
        point = live(life).point
        instants = sorted({on(day) for day in days})
        each = [consumption(point, a, b).amount for a, b in pairwise(instants)]
        assert all(amount >= 0 for amount in each)
        if each:
            assert sum(each) == consumption(point, instants[0], instants[-1]).amount


@settings(max_examples=30)
@given(lives(replacements=False), st.randoms(use_true_random=False))
def test_the_order_in_which_readings_come_in_changes_nothing(django_rolled_back, life, chance):
    order = list(range(len(life.readings)))
    chance.shuffle(order)
    with django_rolled_back():
        meter = live(life, order)
        assert used(meter, 0, 500).amount == life.sum_at(-1)


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
