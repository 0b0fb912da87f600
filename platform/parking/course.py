"""How many cars were inside each lot, hour by hour, today."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Extract, Floor

from core import clock
from core.models import Site
from parking.models import Stay

_HOUR = timedelta(hours=1)
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
