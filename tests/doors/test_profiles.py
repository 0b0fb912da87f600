"""Time profiles: the clock on the wall decides, also in the nights in which clocks are set."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doors.profiles import (
    EVERY_DAY,
    Exceptional,
    Profile,
    Window,
    always,
    from_plain,
    is_open,
    minutes,
    spans_on,
)

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe")
DAY = 24 * 60
instants = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
days = st.frozensets(st.integers(0, 6), min_size=1)
windows = st.builds(Window, days, st.integers(0, DAY - 1), st.integers(1, DAY))
dates = st.dates(date(2024, 1, 1), date(2027, 12, 31))
exceptions = st.builds(
    lambda first, more, inside: Exceptional(first, first + timedelta(days=more), tuple(inside)),
    dates,
    st.integers(0, 10),
    st.lists(windows, max_size=2),
)
profiles = st.builds(
    lambda zone, weekly, others: Profile(zone, tuple(weekly), tuple(others)),
    st.sampled_from(ZONES),
    st.lists(windows, max_size=3),
    st.lists(exceptions, max_size=2),
)


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def weekly(*plain: tuple[list[int], str, str], zone: str = "Asia/Shanghai", **more) -> Profile:
    rows = [{"days": days, "begins": begins, "ends": ends} for days, begins, ends in plain]
    return from_plain(zone, rows, **more)


OFFICE = ([0, 1, 2, 3, 4], "08:00", "18:30")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-30T08:00:00", True),  # a Monday
        ("2026-11-30T07:59:59", False),
        ("2026-11-30T18:29:59", True),
        ("2026-11-30T18:30:00", False),
        ("2026-11-29T12:00:00", False),
    ],
)
def test_a_window_begins_on_the_minute_and_ends_before_it(text, expected):
    assert is_open(weekly(OFFICE), at(text)) is expected


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins():
    fridays = weekly(([4], "22:00", "02:00"))
    assert is_open(fridays, at("2026-12-04T23:00"))
    assert is_open(fridays, at("2026-12-05T01:59"))
    assert not is_open(fridays, at("2026-12-05T02:00"))
    assert not is_open(fridays, at("2026-12-04T01:00"))


def test_on_a_holiday_other_windows_begin_and_the_night_before_it_ends_as_ever():
    holiday = [
        {"first": "2026-10-01", "last": "2026-10-07", "windows": []},
        {
            "first": "2026-10-10",
            "last": "2026-10-10",
            "windows": [{"begins": "10:00", "ends": "12:00"}],
        },
    ]
    profile = weekly(OFFICE, ([2], "22:00", "06:00"), exceptions=holiday)
    assert is_open(profile, at("2026-09-30T23:00"))
    assert is_open(profile, at("2026-10-01T05:00"))  # of Wednesday's night
    assert not is_open(profile, at("2026-10-01T09:00"))
    assert is_open(profile, at("2026-10-10T11:00"))  # a Saturday on which people work
    assert not is_open(profile, at("2026-10-10T13:00"))


# National Day, and the Saturday on which people work as on a Wednesday.
CALENDAR = {date(2026, 10, 1): None, date(2026, 10, 10): 2}


def test_on_holidays_of_the_calendar_the_windows_of_holidays_begin():
    closed = weekly(OFFICE, holiday_windows=[], calendar=CALENDAR)
    assert not is_open(closed, at("2026-10-01T09:00"))
    short = [{"begins": "10:00", "ends": "12:00"}]
    shorter = weekly(OFFICE, holiday_windows=short, calendar=CALENDAR)
    assert is_open(shorter, at("2026-10-01T11:00"))
    assert not is_open(shorter, at("2026-10-01T09:00"))


def test_a_working_saturday_has_the_windows_of_the_day_that_it_counts_as():
    wednesdays = weekly(([2], "08:00", "18:00"), holiday_windows=[], calendar=CALENDAR)
    assert is_open(wednesdays, at("2026-10-10T09:00"))
    assert not is_open(wednesdays, at("2026-10-17T09:00"))


def test_a_profile_that_says_nothing_of_holidays_goes_by_the_day_of_the_week():
    usual = weekly(OFFICE, calendar=CALENDAR)
    assert is_open(usual, at("2026-10-01T09:00"))
    assert not is_open(usual, at("2026-10-10T09:00"))


def test_days_of_the_profile_come_before_those_of_the_calendar():
    own = [
        {
            "first": "2026-10-01",
            "last": "2026-10-01",
            "windows": [{"begins": "08:00", "ends": "09:00"}],
        }
    ]
    profile = weekly(OFFICE, exceptions=own, holiday_windows=[], calendar=CALENDAR)
    assert is_open(profile, at("2026-10-01T08:30"))


def test_a_profile_holds_from_its_first_to_its_last_day():
    profile = weekly(OFFICE, first=date(2026, 11, 30), last=date(2026, 12, 1))
    assert [is_open(profile, at(f"2026-{day}T09:00")) for day in ("11-27", "11-30", "12-01")] == [
        *(False, True, True)
    ]
    assert not is_open(profile, at("2026-12-02T09:00"))


def test_an_hour_that_is_shown_twice_is_open_twice_and_a_skipped_one_is_not_missed():
    night = weekly((list(range(7)), "01:00", "04:00"), zone="Europe/Berlin")

    def minutes_open(day: date) -> int:
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=6)
        inside = (begin + timedelta(minutes=minute) for minute in range(12 * 60))
        return sum(is_open(night, each) for each in inside)

    assert minutes_open(date(2026, 10, 24)) == 180
    assert minutes_open(date(2026, 10, 25)) == 240
    assert minutes_open(date(2026, 3, 29)) == 120


@given(profiles, instants)
def test_only_the_wall_s_date_and_time_count(profile, instant):
    local = instant.astimezone(ZoneInfo(profile.zone))
    other = local.replace(fold=1 - local.fold).astimezone(UTC).astimezone(ZoneInfo(profile.zone))
    same_wall = other.replace(tzinfo=None) == local.replace(tzinfo=None)
    if same_wall:
        assert is_open(profile, other) is is_open(profile, local)


@given(profiles, instants)
def test_a_profile_agrees_with_marking_every_minute_of_its_windows(profile, instant):
    local = instant.astimezone(ZoneInfo(profile.zone)).replace(tzinfo=None)
    marked = False
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        exceptional = next((e for e in profile.exceptions if e.first <= day <= e.last), None)
        begun = (
            exceptional.windows
            if exceptional
            else [w for w in profile.windows if day.weekday() in w.days]
        )
        midnight = datetime.combine(day, datetime.min.time())
        for window in begun:
            length = (window.ends - window.begins) % DAY or DAY
            begins = midnight + timedelta(minutes=window.begins)
            marked |= begins <= local < begins + timedelta(minutes=length)
    assert is_open(profile, instant) is marked


@given(st.sampled_from(ZONES), st.integers(1, DAY - 1), instants)
def test_a_day_cut_in_two_is_open_in_exactly_one_part(zone, cut, instant):
    morning = Profile(zone, (Window(EVERY_DAY, 0, cut),))
    rest = Profile(zone, (Window(EVERY_DAY, cut, DAY),))
    assert is_open(morning, instant) is not is_open(rest, instant)
    assert is_open(always(zone), instant)


@pytest.mark.parametrize("text", ["8:00", "24:01", "08:60", "T0830", "", "08:00 "])
def test_a_time_is_written_in_one_way(text):
    with pytest.raises(ValueError):  # noqa: PT011
        minutes(text)


@given(profiles, instants)
def test_the_spans_of_a_day_are_when_the_profile_is_open(profile, at):
    """A preview says what the decision says, on the clock on the wall."""
    wall = at.astimezone(ZoneInfo(profile.zone))
    minute = wall.hour * 60 + wall.minute
    spans = spans_on(profile, wall.date())
    assert any(begins <= minute < ends for begins, ends in spans) == is_open(profile, at)
    assert all(begins < ends for begins, ends in spans)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
