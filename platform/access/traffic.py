"""Cars in and out by hour of the day, and what is usual on that weekday."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection

from access.models import LET_THROUGH, Passage
from core import clock
from core.models import Site
from core.plates import TEST_PLATE

_WEEKS = 8
_HOURS = 24
_COUNTED = [str(state) for state in (*LET_THROUGH, Passage.State.PASSED)]
# One range of the index by site and time for each day, so that the days between are not read.
_CARS = """
SELECT day.begins, extract(hour FROM passage.at AT TIME ZONE %(zone)s)::int, passage.direction,
    count(*)
FROM unnest(%(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS day (begins, ends)
JOIN access_passage AS passage
    ON passage.site_id = %(site)s AND passage.at >= day.begins AND passage.at < day.ends
WHERE passage.state = ANY(%(states)s) AND passage.plate <> %(test)s
GROUP BY 1, 2, 3
"""
_Hours = Counter[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class HourOfCars:
    """The cars let through in one hour of the local day.

    Attributes:
        usual_in, usual_out: the median of the same weekday in the last weeks; None without any.
        has_begun: later hours have no cars yet.
    """

    hour: int
    cars_in: int
    cars_out: int
    usual_in: float | None
    usual_out: float | None
    has_begun: bool


@dataclass(frozen=True, slots=True)
class DayOfCars:
    """A day's cars by hour, and their sums beside what is usual until now."""

    hours: list[HourOfCars]
    cars_in: int
    cars_out: int
    usual_in: int | None
    usual_out: int | None


def cars_today(site: Site, at: datetime | None = None) -> DayOfCars:
    """Return the cars let in and out today by hour, with the usual number of that weekday.

    The usual number is the median of the last eight such weekdays. Days without any car are left
    out, since the site may not have been in use. Cars of test drives are not counted.
    """
    now = clock.local(at or clock.now(), site.timezone)
    earlier = [now.date() - timedelta(weeks=weeks) for weeks in range(1, _WEEKS + 1)]
    counted = _count(site, [now.date(), *earlier])
    today = counted.get(now.date(), Counter())
    past = [counted[day] for day in earlier if day in counted]
    hours = [_hour(hour, today, past, now.hour) for hour in range(_HOURS)]
    elapsed = (now.minute * 60 + now.second) / 3600
    return DayOfCars(
        hours=hours,
        cars_in=sum(each.cars_in for each in hours),
        cars_out=sum(each.cars_out for each in hours),
        usual_in=_until([each.usual_in for each in hours], now.hour, elapsed),
        usual_out=_until([each.usual_out for each in hours], now.hour, elapsed),
    )


def _hour(hour: int, today: _Hours, past: list[_Hours], current: int) -> HourOfCars:
    def usual(direction: str) -> float | None:
        return median(day[hour, direction] for day in past) if past else None

    return HourOfCars(
        hour=hour,
        cars_in=today[hour, "entry"],
        cars_out=today[hour, "exit"],
        usual_in=usual("entry"),
        usual_out=usual("exit"),
        has_begun=hour <= current,
    )


def _until(usual: Sequence[float | None], hour: int, elapsed: float) -> int | None:
    """Return the usual number from midnight until a share of the current hour has elapsed."""
    known = [each for each in usual if each is not None]
    if not known:
        return None
    return round(sum(known[:hour]) + known[hour] * elapsed)


def _count(site: Site, days: Sequence[date]) -> dict[date, _Hours]:
    """Count the cars let through on some local days, by hour and direction."""
    begins = {clock.midnight(day, site.timezone): day for day in days}
    values: dict[str, Any] = {
        "site": site.pk,
        "zone": site.timezone,
        "begins": list(begins),
        "ends": [clock.midnight(day + timedelta(days=1), site.timezone) for day in days],
        "states": _COUNTED,
        "test": TEST_PLATE,
    }
    found: dict[date, _Hours] = defaultdict(Counter)
    with connection.cursor() as cursor:
        cursor.execute(_CARS, values)
        for begin, hour, direction, count in cursor.fetchall():
            found[begins[begin]][hour, direction] += count
    return found
