"""How many cars were inside each lot, hour by hour, today, and how many are expected."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Extract, Floor

from core import clock
from core.models import Site
from parking.models import Stay

_HOUR, _WEEK = timedelta(hours=1), timedelta(weeks=1)
# Of so many weeks the same day is looked at.
_WEEKS = 4
_COUNTED = (Stay.Status.OPEN, Stay.Status.CLOSED)


@dataclass(frozen=True, slots=True)
class HourOfLots:
    """The cars inside at one instant, by primary key of the lot."""

    at: datetime
    inside: dict[int, int]


def lots_today(site: Site, at: datetime | None = None) -> list[HourOfLots]:
    """Return the cars inside each lot at every full hour since midnight, and now, oldest first.

    It is counted back from the cars that are inside now: only today's stays are read.
    """
    now = at or clock.now()
    midnight = clock.midnight(clock.local(now, site.timezone).date(), site.timezone)
    stays = Stay.objects.filter(site=site)
    inside = Counter(dict(_by_lot(stays.filter(status=Stay.Status.OPEN))))
    entered = _by_hour(stays.filter(status__in=_COUNTED), "entered_at", midnight)
    left = _by_hour(stays.filter(status=Stay.Status.CLOSED), "left_at", midnight)
    course = [HourOfLots(now, dict(inside))]
    for hour in range((now - midnight) // _HOUR, -1, -1):
        inside.subtract(entered.get(hour, {}))
        inside.update(left.get(hour, {}))
        course.append(HourOfLots(midnight + hour * _HOUR, dict(inside)))
    return course[::-1]


def lots_expected(site: Site, now: HourOfLots) -> list[HourOfLots]:
    """Return the cars expected inside each lot at every full hour left of the day, soonest first.

    To the cars inside now, the mean change of the same hours of this weekday in the last four weeks
    is added.

    Args:
        now: the cars inside.

    Returns:
        None of a site without stays in those hours.
    """
    begins = now.at.replace(minute=0, second=0, microsecond=0)
    day = clock.local(now.at, site.timezone).date()
    ends = clock.midnight(day + timedelta(days=1), site.timezone)
    stays = Stay.objects.filter(site=site)
    entered = _of_weeks(stays.filter(status__in=_COUNTED), "entered_at", now.at, begins, ends)
    left = _of_weeks(stays.filter(status=Stay.Status.CLOSED), "left_at", now.at, begins, ends)
    weeks = len({week for week, _hour in (*entered, *left)})
    if not weeks:
        return []
    change: Counter[int] = Counter()
    expected = []
    for hour in range(round((ends - begins) / _HOUR)):
        for week in range(1, _WEEKS + 1):
            change.update(entered.get((week, hour), {}))
            change.subtract(left.get((week, hour), {}))
        lots = now.inside.keys() | change.keys()
        inside = {lot: max(0, round(now.inside.get(lot, 0) + change[lot] / weeks)) for lot in lots}
        expected.append(HourOfLots(begins + (hour + 1) * _HOUR, inside))
    return expected


def _of_weeks(
    stays: QuerySet[Stay], field: str, now: datetime, begins: datetime, ends: datetime
) -> dict[tuple[int, int], dict[int, int]]:
    """Count the stays with that time in the rest of this weekday, by weeks ago, hour and lot."""
    rest = Q()
    for weeks in range(1, _WEEKS + 1):
        ago = weeks * _WEEK
        rest |= Q(**{f"{field}__gte": now - ago, f"{field}__lt": ends - ago})
    elapsed = Floor(Extract(F(field) - (begins - _WEEKS * _WEEK), "epoch") / 3600)
    rows = stays.filter(rest).annotate(hour=elapsed).values_list("hour", "lot")
    found: dict[tuple[int, int], dict[int, int]] = {}
    for elapsed_hours, lot, count in rows.annotate(Count("pk")):
        week, hour = divmod(int(elapsed_hours), _WEEK // _HOUR)
        found.setdefault((_WEEKS - week, hour), {})[lot] = count
    return found


def _by_lot(stays: QuerySet[Stay]) -> list[tuple[int, int]]:
    return list(stays.values_list("lot").annotate(Count("pk")))


def _by_hour(stays: QuerySet[Stay], field: str, midnight: datetime) -> dict[int, dict[int, int]]:
    """Count the stays with that time since midnight, by hours elapsed and by lot."""
    elapsed = Floor(Extract(F(field) - midnight, "epoch") / 3600)
    rows = stays.filter(**{f"{field}__gte": midnight}).annotate(hour=elapsed)
    found: dict[int, dict[int, int]] = {}
    for hour, lot, count in rows.values_list("hour", "lot").annotate(Count("pk")):
        found.setdefault(int(hour), {})[lot] = count
    return found
