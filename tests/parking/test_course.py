"""How many cars were inside each lot today, hour by hour."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.course import lots_expected, lots_today
from parking.models import Stay
from tests.factories import LotFactory, SiteFactory, StayFactory

pytestmark = pytest.mark.django_db
# Midnight of 2026-03-18 in Shanghai, and 03:20 of that day.
MIDNIGHT = datetime(2026, 3, 17, 16, tzinfo=UTC)
NOW = MIDNIGHT + timedelta(hours=3, minutes=20)
HOUR = timedelta(hours=1)


def stay(lot, entered: float, left: float | None = None, **more: object) -> Stay:
    """A stay from and until so many hours after midnight."""
    facts = {"entered_at": MIDNIGHT + entered * HOUR, **more}
    if left is not None:
        facts |= {"left_at": MIDNIGHT + left * HOUR, "status": Stay.Status.CLOSED}
    return StayFactory(lot=lot, tariff=None, **facts)


def course(lot) -> list[int]:
    return [each.inside.get(lot.pk, 0) for each in lots_today(lot.site, NOW)]


def test_the_course_has_every_full_hour_since_midnight_and_now(db):
    hours = [each.at for each in lots_today(SiteFactory(), NOW)]
    assert hours == [MIDNIGHT + hour * HOUR for hour in range(4)] + [NOW]


def test_a_car_counts_from_its_entry_until_it_leaves(db):
    lot = LotFactory()
    stay(lot, -5)  # since yesterday
    stay(lot, 0.5, 2.5)
    stay(lot, 3.1)
    assert course(lot) == [1, 2, 2, 1, 2]


def test_a_car_of_yesterday_that_left_today_was_inside_at_midnight(db):
    lot = LotFactory()
    stay(lot, -30, 1.5)
    assert course(lot) == [1, 1, 0, 0, 0]


def test_each_lot_has_a_course_of_its_own(db):
    one = LotFactory()
    other = LotFactory(site=one.site)
    stay(one, 1.5)
    assert (course(one), course(other)) == ([0, 0, 1, 1, 1], [0] * 5)


@pytest.mark.parametrize("status", [Stay.Status.SUPERSEDED, Stay.Status.UNDONE])
def test_stays_that_never_were_do_not_count(db, status):
    lot = LotFactory()
    stay(lot, 1, status=status)
    assert course(lot) == [0] * 5


@given(
    visits=st.lists(st.tuples(st.integers(-600, 199), st.integers(0, 500) | st.none()), max_size=5)
)
def test_the_course_is_what_counting_at_each_hour_finds(visits):
    lot = LotFactory()
    for begin, length in visits:
        # A car that leaves at the very instant of the question is not inside any more.
        end = None if length is None or begin + length >= 200 else begin + length
        stay(lot, begin / 60, None if end is None else end / 60)
    for each in lots_today(lot.site, NOW):
        inside = Stay.objects.filter(lot=lot, entered_at__lt=each.at)
        left = inside.filter(left_at__lt=each.at)
        assert each.inside.get(lot.pk, 0) == inside.count() - left.count()
    Stay.objects.all().delete()


WEEK = 7 * 24


def expected(lot) -> list[int]:
    now = lots_today(lot.site, NOW)[-1]
    return [each.inside.get(lot.pk, 0) for each in lots_expected(lot.site, now)]


def test_the_usual_change_of_the_weekday_is_added_to_the_cars_inside(db):
    lot = LotFactory()
    stay(lot, 1)  # inside now
    for plate in range(4):
        stay(lot, 5.5 - WEEK, 8.5 - WEEK, plate=f"苏A1000{plate}")
        stay(lot, 5.2 - 2 * WEEK, 8.2 - 2 * WEEK, plate=f"苏A2000{plate}")
    stay(lot, 3.1 - WEEK, 9.5 - WEEK)  # its entry was before this time of the day
    hours = expected(lot)
    assert len(hours) == 21, "from 04:00 to midnight"
    assert hours[:6] == [1, 1, 5, 5, 5, 1]
    assert hours[6:] == [0] * 15, "never fewer than none"


def test_other_days_and_older_weeks_do_not_count(db):
    lot = LotFactory()
    stay(lot, 5 - 24)
    stay(lot, 5 - 5 * WEEK)
    stay(lot, 30 - WEEK)
    assert expected(lot) == []
