"""Quiet hours: by the clocks of the site, across midnight and across changes of these clocks."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from billing.models import BillingSettings
from billing.quiet_hours import is_quiet, quiet_until
from core import clock

# Clocks of these are put forward or back: at 2:00, at midnight, by half an hour, or never.
ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Australia/Lord_Howe",
)
MINUTE = timedelta(minutes=1)
NIGHT = (time(21), time(8))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
YEARS = 20 * 365 * 24 * 60
INSTANTS = st.integers(0, YEARS).map(lambda minutes: utc(2010, 1, 1) + minutes * MINUTE)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def rules(begin: time, end: time) -> BillingSettings:
    return BillingSettings(quiet_from=begin, quiet_until=end)


def quiet_at(hours: BillingSettings, at: datetime, zone: str) -> bool:
    return is_quiet(hours, clock.local(at, zone))


@pytest.mark.parametrize(
    ("begin", "end", "at", "quiet"),
    [
        (21, 8, 22, True),
        (21, 8, 7, True),
        (21, 8, 8, False),
        (21, 8, 20, False),
        (12, 14, 13, True),
        (12, 14, 9, False),
        (8, 8, 8, False),
    ],
)
def test_quiet_hours_may_span_midnight(begin: int, end: int, at: int, quiet: bool) -> None:
    hours = rules(time(begin), time(end))
    assert is_quiet(hours, datetime(2026, 11, 1, at, tzinfo=UTC)) is quiet


@pytest.mark.parametrize(
    ("zone", "at", "until"),
    [
        # In the evening until the next morning, after midnight until the same one.
        ("Asia/Shanghai", utc(2026, 11, 30, 14, 0), utc(2026, 12, 1, 0, 0)),
        ("Asia/Shanghai", utc(2026, 11, 30, 23, 59), utc(2026, 12, 1, 0, 0)),
        # In Berlin the night of 29 March 2026 is an hour shorter, that of 25 October longer.
        ("Europe/Berlin", utc(2026, 3, 28, 20, 0), utc(2026, 3, 29, 6, 0)),
        ("Europe/Berlin", utc(2026, 10, 24, 19, 0), utc(2026, 10, 25, 7, 0)),
    ],
)
def test_a_message_waits_for_the_morning_of_the_site(
    zone: str, at: datetime, until: datetime
) -> None:
    found = quiet_until(rules(*NIGHT), at, zone)
    assert found == until


def test_an_hour_that_is_shown_twice_is_quiet_twice() -> None:
    hours = rules(time(22), time(2, 30))
    first = utc(2026, 10, 25, 0, 30)  # 2:30, the first time
    assert quiet_until(hours, first - MINUTE, "Europe/Berlin") == first
    assert quiet_until(hours, first, "Europe/Berlin") is None
    again = utc(2026, 10, 25, 1, 10)  # 2:10, the second time
    assert quiet_until(hours, again, "Europe/Berlin") == first + timedelta(hours=1)


def test_an_end_that_clocks_leave_out_is_past_as_soon_as_they_show_a_later_time() -> None:
    hours = rules(time(22), time(2, 30))
    at = utc(2026, 3, 29, 0, 0)  # 1:00; clocks go from 2:00 to 3:00
    found = quiet_until(hours, at, "Europe/Berlin")
    assert found == utc(2026, 3, 29, 1, 30)
    assert not quiet_at(hours, found, "Europe/Berlin")


@given(TIMES, TIMES, INSTANTS, st.sampled_from(ZONES))
@example(time(2, 30), time(2, 29), utc(2026, 3, 28, 12, 0), "Europe/Berlin")
@example(time(3, 0), time(2, 30), utc(2026, 3, 29, 0, 0), "Europe/Berlin")
@example(time(23), time(0, 30), utc(2018, 11, 4, 2, 30), "America/Sao_Paulo")
def test_a_message_is_postponed_to_an_instant_at_which_it_may_be_sent(
    begin: time, end: time, at: datetime, zone: str
) -> None:
    hours = rules(begin, end)
    until = quiet_until(hours, at, zone)
    assert (until is None) is (not quiet_at(hours, at, zone))
    if until is not None:
        assert until > at
        assert not quiet_at(hours, until, zone)
        assert until - at < timedelta(days=2)


@given(TIMES, TIMES, INSTANTS, st.sampled_from(ZONES))
def test_it_waits_no_longer_than_the_hours_last(
    begin: time, end: time, at: datetime, zone: str
) -> None:
    hours = rules(begin, end)
    until = quiet_until(hours, at, zone)
    assume(until is not None)
    assert until is not None
    offsets = {clock.local(each, zone).utcoffset() for each in (at, until)}
    assume(len(offsets) == 1)  # the end may not exist on the day of a change
    step = max(MINUTE, (until - at) / 50)
    waiting = [at + step * count for count in range(int((until - at) / step))]
    assert all(quiet_at(hours, each, zone) for each in waiting)
