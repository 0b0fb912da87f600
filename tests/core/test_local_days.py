"""Days of a site begin at its midnight, also where a change of the clock skips or repeats it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock

ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
)
INSTANT = timedelta(microseconds=1)


@given(st.sampled_from(ZONES), st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_a_day_begins_with_its_first_instant(zone: str, day: date) -> None:
    begin = clock.midnight(day, zone)
    assert begin.tzinfo is UTC
    assert clock.local(begin, zone).date() == day
    assert clock.local(begin - INSTANT, zone).date() == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "begin"),
    [
        # The clocks are put forward from midnight to 1 o'clock.
        ("America/Santiago", date(2026, 9, 6), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Africa/Cairo", date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        # They are put back from 1 o'clock to midnight: the day begins with the first of the two.
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_midnight_that_is_skipped_or_repeated(zone: str, day: date, begin: datetime) -> None:
    assert clock.midnight(day, zone) == begin
