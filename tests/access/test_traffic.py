"""Cars in and out by hour, and what is usual on that weekday."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.models import Passage
from access.traffic import cars_today
from core.plates import TEST_PLATE
from tests.gate import GateScene

pytestmark = pytest.mark.django_db
WEEK = timedelta(weeks=1)
# 10:30 on a Wednesday in Shanghai.
NOW = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def cars(gate: GateScene, at: datetime, count: int = 1, **more: object) -> None:
    """Store that many cars at an instant, let in unless said otherwise."""
    facts = {"direction": "entry", "state": Passage.State.PASSED, "plate": "沪A12345", **more}
    lane = gate.entry if facts["direction"] == "entry" else gate.exit
    times = {"at": at, "seen_at": at, "received_at": at}
    Passage.objects.bulk_create(
        Passage(site=gate.site, lane=lane, **times, **facts) for _ in range(count)
    )


def test_cars_are_counted_by_the_local_hour_and_the_direction(gate):
    cars(gate, NOW - timedelta(hours=3), 2)  # 07:30
    cars(gate, NOW, 1, direction="exit")
    day = cars_today(gate.site, NOW)
    assert [each.cars_in for each in day.hours] == [0] * 7 + [2] + [0] * 16
    assert day.hours[10].cars_out == 1
    assert (day.cars_in, day.cars_out) == (2, 1)


def test_the_day_begins_at_local_midnight(gate):
    cars(gate, datetime(2026, 3, 17, 15, 59, tzinfo=UTC), 5)  # 23:59 of yesterday
    cars(gate, datetime(2026, 3, 17, 16, 0, tzinfo=UTC), 3)  # 00:00 of today
    day = cars_today(gate.site, NOW)
    assert day.cars_in == day.hours[0].cars_in == 3


@pytest.mark.parametrize(
    ("state", "counted"),
    [
        ("passed", 1),
        ("open", 1),
        ("unanswered", 1),
        ("held", 0),
        ("refused", 0),
        ("turned_back", 0),
        ("reread", 0),
    ],
)
def test_only_cars_that_were_let_through_count(gate, state, counted):
    cars(gate, NOW, state=state)
    assert cars_today(gate.site, NOW).cars_in == counted


def test_test_cars_and_other_sites_cars_do_not_count(gate):
    cars(gate, NOW, plate=TEST_PLATE)
    cars(GateScene.build(), NOW)
    assert cars_today(gate.site, NOW).cars_in == 0


def test_usual_is_the_median_of_the_same_weekday(gate):
    for weeks, count in enumerate([4, 6, 40], start=1):
        cars(gate, NOW - weeks * WEEK, count)
    cars(gate, NOW - timedelta(days=1), 99)  # a Tuesday
    cars(gate, NOW - 9 * WEEK, 99)  # too long ago
    assert cars_today(gate.site, NOW).hours[10].usual_in == 6


def test_days_without_any_car_are_no_part_of_the_usual(gate):
    cars(gate, NOW - WEEK, 4)
    day = cars_today(gate.site, NOW)
    assert (day.hours[10].usual_in, day.hours[10].usual_out, day.hours[9].usual_in) == (4, 0, 0)


def test_nothing_is_usual_at_a_new_site(gate):
    day = cars_today(gate.site, NOW)
    assert {each.usual_in for each in day.hours} == {None}
    assert day.usual_in is None


def test_the_usual_until_now_takes_the_elapsed_part_of_this_hour(gate):
    cars(gate, NOW - WEEK - timedelta(hours=2), 10)  # 08:30
    cars(gate, NOW - WEEK, 20)  # 10:30, in an hour of which half has elapsed
    cars(gate, NOW - WEEK + timedelta(hours=2), 50)
    assert cars_today(gate.site, NOW).usual_in == 20


def test_later_hours_have_not_begun(gate):
    begun = [each.hour for each in cars_today(gate.site, NOW).hours if each.has_begun]
    assert begun == list(range(11))


@given(minutes=st.lists(st.integers(0, 24 * 60 - 1), max_size=6))
def test_each_car_of_a_day_is_in_exactly_one_hour(minutes):
    gate = GateScene.build()
    midnight = datetime(2026, 3, 17, 16, tzinfo=UTC)
    for minute in minutes:
        cars(gate, midnight + timedelta(minutes=minute))
    day = cars_today(gate.site, midnight + timedelta(hours=23, minutes=59))
    assert day.cars_in == len(minutes)
    Passage.objects.all().delete()
