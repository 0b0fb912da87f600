"""Figures about the incidents of a period: response times, false alarms, and what recurs.

A period is of the instants at which incidents began. Exercises are left out. Response times leave
out what was found in data that arrived late, since nobody could have answered earlier.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    Max,
    Q,
    QuerySet,
    Sum,
)
from django.db.models.functions import Greatest, TruncWeek

from core.clock import zone
from core.models import Site
from core.severities import rank
from devices.models import Device
from incidents.models import Incident
from incidents.selectors import device_number

FALSE = (Incident.State.FALSE_ALARM, Incident.State.CANCELLED)
#: What response times are grouped by, and the field of it.
KIND, SEVERITY, WEEK = "kind", "severity", "week"
#: What false alarms are counted for, and what may recur.
RULE, DEVICE, PLACE, PLATE = "rule", "device", "place", "plate"
_FIELDS = {
    KIND: "kind",
    SEVERITY: "severity",
    WEEK: "week",
    RULE: "rule__name",
    DEVICE: "about",
    PLACE: "place",
    PLATE: "watch_entry__plate",
}
MOST = 50


class Percentile(Aggregate):
    """PostgreSQL's continuous percentile; null values are left out."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Any, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, output_field=DurationField(), **extra)


@dataclass(frozen=True, slots=True)
class Times:
    """How soon incidents were answered.

    Attributes:
        key: a kind, a severity, or the first day of a week.
        acknowledged, reviewed: how many were.
        to_acknowledge, to_review: median and 90th percentile; None where none was.
    """

    key: Any
    incidents: int
    acknowledged: int
    to_acknowledge: tuple[timedelta | None, timedelta | None]
    reviewed: int
    to_review: tuple[timedelta | None, timedelta | None]


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """How many of the reviewed incidents of a rule or device were false alarms."""

    name: str
    reviewed: int
    false: int

    @property
    def share(self) -> float:
        """The share, 0 to 1."""
        return self.false / self.reviewed


@dataclass(frozen=True, slots=True)
class Recurring:
    """What had several incidents."""

    name: str
    incidents: int
    occurrences: int
    last_at: datetime


def incidents_of(site: Site, begin: datetime, end: datetime) -> QuerySet[Incident]:
    """Return the site's incidents that began in a period, without exercises."""
    rows = Incident.objects.filter(site=site, first_at__gte=begin, first_at__lt=end)
    return rows.filter(exercise=False).order_by()


def response_times(site: Site, begin: datetime, end: datetime, by: str) -> list[Times]:
    """Return response times by kind, severity or week of the site's calendar, in their order.

    Severities come with the worst first.

    Args:
        by: `KIND`, `SEVERITY` or `WEEK`.
    """
    rows = incidents_of(site, begin, end).filter(late=False)
    rows = rows.annotate(week=TruncWeek("first_at", tzinfo=zone(site.timezone)))
    rows = rows.annotate(answered=_since("acked_at"), decided=_since("reviewed_at"))
    counted = rows.values(_FIELDS[by]).annotate(
        incidents=Count("pk"),
        acknowledged=Count("answered"),
        reviewed=Count("decided"),
        ack_median=Percentile("answered", 0.5),
        ack_p90=Percentile("answered", 0.9),
        review_median=Percentile("decided", 0.5),
        review_p90=Percentile("decided", 0.9),
    )
    found = [_times(each, each[_FIELDS[by]]) for each in counted.order_by(_FIELDS[by])]
    if by == SEVERITY:
        found.sort(key=lambda each: rank(str(each.key)), reverse=True)
    return found


def false_alarms(site: Site, begin: datetime, end: datetime, by: str) -> list[FalseAlarms]:
    """Return the false alarms of rules or devices that had a review, the most false ones first.

    Args:
        by: `RULE` or `DEVICE`.
    """
    field = _FIELDS[by]
    rows = _with_about(incidents_of(site, begin, end)).exclude(reviewed_by=None)
    counted = rows.exclude(**{field: None}).values(field)
    counted = counted.annotate(reviewed=Count("pk"), false=Count("pk", filter=Q(state__in=FALSE)))
    found = list(counted.order_by("-false", "reviewed", field)[:MOST])
    names = _names(site, by, (each[field] for each in found))
    return [FalseAlarms(names(each[field]), each["reviewed"], each["false"]) for each in found]


def recurring(site: Site, begin: datetime, end: datetime, by: str) -> list[Recurring]:
    """Return what had at least two incidents, the most frequent first.

    Args:
        by: `DEVICE`, `PLACE`, `RULE` or `PLATE`; plates are those of the watch-list alone.
    """
    field = _FIELDS[by]
    rows = _with_about(incidents_of(site, begin, end)).exclude(**{field: None})
    if by == PLACE:
        rows = rows.exclude(place="")
    counted = rows.values(field).annotate(
        incidents=Count("pk"), seen=Sum("occurrences"), last=Max("last_at")
    )
    found = list(counted.filter(incidents__gte=2).order_by("-incidents", "-seen", field)[:MOST])
    names = _names(site, by, (each[field] for each in found))
    return [
        Recurring(names(each[field]), each["incidents"], each["seen"], each["last"])
        for each in found
    ]


def _with_about(rows: QuerySet[Incident]) -> QuerySet[Incident]:
    return rows.annotate(about=device_number())


def _since(field: str) -> Greatest:
    """Return the time from an incident's beginning; nothing where clocks disagree."""
    length = ExpressionWrapper(F(field) - F("first_at"), output_field=DurationField())
    # GREATEST leaves out nulls, so what did not happen must stay null.
    zero = ExpressionWrapper(F(field) - F(field), output_field=DurationField())
    return Greatest(length, zero)


def _times(row: Mapping[str, Any], key: Any) -> Times:
    return Times(
        key,
        row["incidents"],
        row["acknowledged"],
        (row["ack_median"], row["ack_p90"]),
        row["reviewed"],
        (row["review_median"], row["review_p90"]),
    )


def _names(site: Site, by: str, keys: Iterable[Any]) -> Any:
    """Return what names a key: a device by its code, all else by itself."""
    if by != DEVICE:
        return str
    codes = dict(Device.objects.filter(site=site, pk__in=list(keys)).values_list("pk", "code"))
    return lambda pk: codes.get(pk, f"#{pk}")
