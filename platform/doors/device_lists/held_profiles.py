"""Time profiles as devices hold them: so many times of day on some days of the week. Pure.

A device's profile has a few times of day, all on the same days, and may be linked to another one
that counts as well. It knows no days on which other times hold, and no times over midnight, which
are split here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from doors.profiles import Profile

MIDNIGHT = 24 * 60
LAST_DAY = date(2099, 12, 31)
FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Part:
    """One profile of a device.

    Attributes:
        first, last: the days on which it holds.
        days: of the week, 0 for Monday.
        times: the first and the last minute of each, as ``HH:MM``.
    """

    first: date
    last: date
    days: tuple[int, ...]
    times: tuple[tuple[str, str], ...]


def parts_of(profiles: Iterable[Profile], segments: int) -> list[Part] | None:
    """Return the parts that together hold what any of the profiles holds.

    Args:
        segments: how many times of day one profile of the device has.

    Returns:
        None where a device can't hold one of them: it has days on which other times hold, or none
        at all.
    """
    found: list[Part] = []
    for profile in profiles:
        has_other_days = profile.exceptions or profile.holiday_windows is not None
        if has_other_days or not profile.windows:
            return None
        found += _parts(profile, segments)
    return found


def _parts(profile: Profile, segments: int) -> list[Part]:
    days_of: dict[tuple[int, tuple[str, str]], set[int]] = {}
    for window in profile.windows:
        for day in window.days:
            for shift, begins, ends in _within_days(window.begins, window.ends):
                times = _clock(begins), _clock(ends - 1)
                days_of.setdefault((shift, times), set()).add((day + shift) % 7)
    times_on: dict[tuple[int, tuple[int, ...]], list[tuple[str, str]]] = {}
    for (shift, times), days in sorted(days_of.items()):
        times_on.setdefault((shift, tuple(sorted(days))), []).append(times)
    return [
        # What follows midnight belongs to the window of the day before.
        Part(_first(profile, shift), _last(profile, shift), days, tuple(chunk))
        for (shift, days), times in sorted(times_on.items())
        for chunk in _chunks(times, segments)
    ]


def _first(profile: Profile, shift: int) -> date:
    return profile.first + timedelta(days=shift) if profile.first else FIRST_DAY


def _last(profile: Profile, shift: int) -> date:
    return profile.last + timedelta(days=shift) if profile.last else LAST_DAY


def _within_days(begins: int, ends: int) -> list[tuple[int, int, int]]:
    """Return the days' parts of a window: days after its own, first minute, minute after it."""
    if begins < ends:
        return [(0, begins, ends)]
    after = [(1, 0, ends)] if ends else []
    return [(0, begins, MIDNIGHT), *after]


def _chunks(times: Sequence[tuple[str, str]], size: int) -> Iterable[Sequence[tuple[str, str]]]:
    return (times[at : at + size] for at in range(0, len(times), size))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
