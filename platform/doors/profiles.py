"""Time profiles: whether an instant lies in one. Pure: no database, and no clock but the argument.

A window is a time of day by the clock on the wall of the site, and belongs to the day on which it
begins, even where it ends on the next one. So it is an hour shorter or longer in the night in which
clocks are set: what the wall shows twice is open twice, and what it skips is not missed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
EVERY_DAY = frozenset(range(7))
MIDNIGHT = "24:00"
#: As which day of the week, 0 for Monday, days count that are in it; None is a holiday.
Calendar = Mapping[date, int | None]
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day on days of the week.

    Attributes:
        days: 0 for Monday to 6 for Sunday: those on which it begins.
        begins: minutes since midnight, 0 to 1439.
        ends: minutes since midnight, to 1440; not after `begins`, it is on the next day.
    """

    days: frozenset[int]
    begins: int
    ends: int

    @property
    def is_overnight(self) -> bool:
        """Whether it ends on the day after it begins."""
        return self.ends <= self.begins


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Days on which other windows begin than in other weeks; none: the profile rests.

    Attributes:
        first, last: the first and the last of the days.
        windows: their days of the week do not matter.
    """

    first: date
    last: date
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """The times in which something holds.

    Attributes:
        zone: name of the site's time zone.
        windows: those of a week.
        exceptions: of two for one day, the first holds.
        first, last: the days on which windows begin at all; None for no limit.
        holiday_windows: those of holidays, whose days of the week do not matter; None: the
            calendar does not matter.
        calendar: as which day of the week (0 for Monday) a day counts; None is a holiday.
    """

    zone: str
    windows: tuple[Window, ...]
    exceptions: tuple[Exceptional, ...] = ()
    first: date | None = None
    last: date | None = None
    holiday_windows: tuple[Window, ...] | None = None
    calendar: Calendar = field(default_factory=dict)


def is_open(profile: Profile, at: datetime) -> bool:
    """Whether an instant (aware) lies in a profile."""
    local = at.astimezone(ZoneInfo(profile.zone))
    day, minute = local.date(), local.hour * 60 + local.minute
    if any(
        each.begins <= minute and (each.is_overnight or minute < each.ends)
        for each in windows_on(profile, day)
    ):
        return True
    yesterday = windows_on(profile, day - _DAY)
    return any(each.is_overnight and minute < each.ends for each in yesterday)


def windows_on(profile: Profile, day: date) -> Sequence[Window]:
    """Return the windows that begin on a day."""
    if (profile.first and day < profile.first) or (profile.last and day > profile.last):
        return ()
    for each in profile.exceptions:
        if each.first <= day <= each.last:
            return each.windows
    weekday: int | None = day.weekday()
    if profile.holiday_windows is not None:
        weekday = profile.calendar.get(day, weekday)
        if weekday is None:
            return profile.holiday_windows
    return [each for each in profile.windows if weekday in each.days]


def is_special(profile: Profile, day: date) -> bool:
    """Whether other windows may begin on a day than on that day in other weeks."""
    if any(each.first <= day <= each.last for each in profile.exceptions):
        return True
    return profile.holiday_windows is not None and day in profile.calendar


def spans_on(profile: Profile, day: date) -> list[tuple[int, int]]:
    """Return when a profile is open on a day, as minutes since midnight, joined and in order.

    What began on the day before and ends on this one is a part of it.
    """
    found = [
        (each.begins, 24 * 60 if each.is_overnight else each.ends)
        for each in windows_on(profile, day)
    ]
    for each in windows_on(profile, day - _DAY):
        if each.is_overnight and each.ends:
            found.append((0, each.ends))
    joined: list[tuple[int, int]] = []
    for begins, ends in sorted(found):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined


def always(zone: str) -> Profile:
    """Return the profile that is never closed."""
    return Profile(zone, (Window(EVERY_DAY, 0, 24 * 60),))


def from_plain(
    zone: str,
    windows: Iterable[Mapping[str, Any]],
    exceptions: Iterable[Mapping[str, Any]] = (),
    first: date | None = None,
    last: date | None = None,
    holiday_windows: Iterable[Mapping[str, Any]] | None = None,
    calendar: Calendar | None = None,
) -> Profile:
    """Return a profile from its lists as `doors.models.TimeProfile` has them.

    Raises:
        ValueError, KeyError: a value is malformed.
    """
    days = tuple(
        Exceptional(
            date.fromisoformat(each["first"]),
            date.fromisoformat(each["last"]),
            _windows(each["windows"]),
        )
        for each in exceptions
    )
    weekly = tuple(_window(each, frozenset(each["days"])) for each in windows)
    on_holidays = None if holiday_windows is None else _windows(holiday_windows)
    return Profile(zone, weekly, days, first, last, on_holidays, calendar or {})


def from_row(zone: str, row: Sequence[Any]) -> Profile:
    """Return a profile from the columns of a statement: its lists, and the calendar as an object.

    Args:
        row: windows, exceptions, first day, last day, windows of holidays, and the calendar by
            days in ISO 8601; None where the calendar is empty or does not matter.
    """
    windows, exceptions, first, last, holidays, calendar = row
    days = {date.fromisoformat(day): weekday for day, weekday in (calendar or {}).items()}
    return from_plain(zone, windows, exceptions, first, last, holidays, days)


def _windows(plain: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    return tuple(_window(one, EVERY_DAY) for one in plain)


def _window(plain: Mapping[str, Any], days: frozenset[int]) -> Window:
    if not days or not days <= EVERY_DAY:
        raise ValueError("days")
    begins, ends = minutes(plain["begins"]), minutes(plain["ends"])
    if begins == 24 * 60:
        raise ValueError("begins")
    return Window(days, begins, ends)


def clock_text(minute: int) -> str:
    """Return minutes since midnight as ``HH:MM``, to ``24:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minutes(text: str) -> int:
    """Return the minutes since midnight of ``HH:MM``; ``24:00`` is the end of the day.

    Raises:
        ValueError: it is no such time.
    """
    if text == MIDNIGHT:
        return 24 * 60
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 60 + int(found[2])
