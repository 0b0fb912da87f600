"""Time profiles in plain language, and the days of a week as they will be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from core.text_lists import joined
from doors import profiles
from doors.profiles import EVERY_DAY, Exceptional, Profile, Window

_WEEK = 7


@dataclass(frozen=True, slots=True)
class PreviewDay:
    """A day of a week.

    Attributes:
        spans: when the profile is open, in minutes since midnight.
        text: the same in words.
        is_exceptional: other windows hold than in other weeks.
    """

    day: date
    spans: Sequence[tuple[int, int]]
    text: str
    is_exceptional: bool


def weekly_text(profile: Profile) -> str:
    """Return the windows of a week in one sentence: ``Monday to Friday 08:00–18:00``."""
    by_days: dict[frozenset[int], list[Window]] = {}
    for window in profile.windows:
        by_days.setdefault(window.days, []).append(window)
    parts = [f"{days_text(days)} {times_text(windows)}" for days, windows in by_days.items()]
    return "; ".join(parts) or _("never")


def lines_of(profile: Profile) -> list[str]:
    """Return what a profile says, a line for each thing."""
    lines = [weekly_text(profile)]
    if profile.holiday_windows is not None:
        times = times_text(profile.holiday_windows)
        lines.append(_("Holidays of the calendar: %(times)s") % {"times": times})
    lines += [exception_text(each) for each in profile.exceptions]
    if profile.first:
        lines.append(_("Not before %(day)s") % {"day": profile.first.isoformat()})
    if profile.last:
        lines.append(_("Not after %(day)s") % {"day": profile.last.isoformat()})
    return lines


def exception_text(exception: Exceptional) -> str:
    """Return what holds on exceptional days: ``2026-10-01 to 2026-10-07: closed``."""
    first, last = exception.first.isoformat(), exception.last.isoformat()
    days = first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
    return f"{days}: {times_text(exception.windows)}"


def times_text(windows: Iterable[Window]) -> str:
    """Return the times of windows: ``08:00–12:00, 13:00–18:00``; closed where there are none."""
    ordered = sorted(windows, key=lambda each: each.begins)
    return joined(_span_text(each) for each in ordered) or _("closed all day")


def days_text(days: frozenset[int]) -> str:
    """Return days of the week, three or more in a row as a range."""
    if days >= EVERY_DAY:
        return _("Every day")
    parts, ordered = [], sorted(days)
    while ordered:
        run = [ordered.pop(0)]
        while ordered and ordered[0] == run[-1] + 1:
            run.append(ordered.pop(0))
        parts += [_range_text(run)] if len(run) > 2 else [str(WEEKDAYS[day]) for day in run]
    return joined(parts)


def preview(profile: Profile, first: date) -> list[PreviewDay]:
    """Return the seven days from a day on, as they will be."""
    days = [first + timedelta(days=number) for number in range(_WEEK)]
    return [_preview_day(profile, day) for day in days]


def _preview_day(profile: Profile, day: date) -> PreviewDay:
    spans = profiles.spans_on(profile, day)
    clock = profiles.clock_text
    text = joined(f"{clock(begins)}–{clock(ends)}" for begins, ends in spans)
    exceptional = profiles.is_special(profile, day)
    return PreviewDay(day, spans, text or _("closed all day"), exceptional)


def _range_text(run: Sequence[int]) -> str:
    names = {"first": WEEKDAYS[run[0]], "last": WEEKDAYS[run[-1]]}
    return _("%(first)s to %(last)s") % names


def _span_text(window: Window) -> str:
    begins, ends = profiles.clock_text(window.begins), profiles.clock_text(window.ends)
    if (window.begins, window.ends) in ((0, 24 * 60), (0, 0)):
        return _("all day")
    if window.is_overnight:
        return _("%(begins)s–%(ends)s of the next day") % {"begins": begins, "ends": ends}
    return f"{begins}–{ends}"
