"""Read meters: lists, one meter's readings, consumption by month."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from core import clock
from core.models import Site
from estate.models import Unit
from metering.models import Meter, MeterPoint, MeterReading
from metering.usage import Consumption, consumption, series_of

__all__ = [
    "Month",
    "consumption",
    "meter_or_404",
    "meters_at",
    "months",
    "reading_or_404",
    "readings_of",
    "to_review",
    "unread_since",
]
_STATE = MeterReading.State


def meters_at(site: Site) -> QuerySet[Meter]:
    """Return the site's meters, those in use first, by place.

    Each is annotated with ``last_at`` and ``last_register`` of its newest reading in force, and
    with ``waiting``, the number of its readings that wait for a review.
    """
    newest = MeterReading.objects.filter(meter=OuterRef("pk"), state=_STATE.IN_FORCE).order_by(
        "-at"
    )
    waiting = Count("readings", filter=Q(readings__state=_STATE.REVIEW))
    return (
        Meter.objects.filter(site=site)
        .select_related("site", "point__site", "point__building", "point__unit__building", "device")
        .annotate(
            last_at=Subquery(newest.values("at")[:1]),
            last_register=Subquery(newest.values("register")[:1]),
            waiting=waiting,
        )
        .order_by(
            F("removed_at").asc(nulls_first=True),
            "point__unit__building__code",
            "point__unit__code",
            "point__building__code",
            "point__name",
            "pk",
        )
    )


def meters_of_unit(unit: Unit) -> QuerySet[Meter]:
    """Return the meters that are in use in a unit, by serial number."""
    found = Meter.objects.filter(point__unit=unit, removed_at=None)
    return found.select_related("point").order_by("serial")


def unread_since(meters: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """Return those meters in use that have no reading since that instant."""
    return meters.filter(removed_at=None, last_at__lt=at)


def to_review(site: Site) -> QuerySet[MeterReading]:
    """Return the site's readings that wait for a review, oldest first."""
    return MeterReading.objects.filter(meter__site=site, state=_STATE.REVIEW).order_by("at")


def meter_or_404(site: Site, pk: int) -> Meter:
    """Return a meter of the site, annotated as by `meters_at`.

    Raises:
        Http404: the site has no such meter.
    """
    meter = meters_at(site).filter(pk=pk).first()
    if meter is None:
        raise Http404(f"no meter {pk} at {site.slug}")
    return meter


def reading_or_404(site: Site, pk: int) -> MeterReading:
    """Return a reading of the site, with its meter.

    Raises:
        Http404: the site has no such reading.
    """
    readings = MeterReading.objects.filter(meter__site=site).select_related(
        "meter__site",
        "meter__point__site",
        "meter__point__building",
        "meter__point__unit__building",
    )
    reading = readings.filter(pk=pk).first()
    if reading is None:
        raise Http404(f"no reading {pk} at {site.slug}")
    return reading


def readings_of(meter: Meter) -> QuerySet[MeterReading]:
    """Return all readings of the meter, in force or not, newest first."""
    return (
        MeterReading.objects.filter(meter=meter)
        .select_related("meter", "by", "closed_by", "corrects", "corrected_by")
        .order_by("-at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class Month:
    """The consumption of a point in one calendar month of the site's timezone.

    Attributes:
        begins: its first instant.
        over: the month has ended; otherwise the usage is that of the month so far.
    """

    begins: datetime
    over: bool
    usage: Consumption

    @property
    def amount(self) -> Decimal:
        """The consumption in the point's unit of measure."""
        return self.usage.amount


def months(point: MeterPoint, count: int = 13) -> list[Month]:
    """Return the point's consumption in each of the latest months, the current one first.

    The list ends with the month in which the point's first meter was installed.
    """
    now = clock.now()
    zone = clock.zone(point.site.timezone)
    installed = min(point.meters.values_list("installed_at", flat=True), default=now)
    begins = [_first_of_month(now.astimezone(zone))]
    while len(begins) < count and begins[-1] > installed:
        begins.append(_first_of_month(begins[-1] - timedelta(days=1)))
    series = series_of(point, begins[-1], now)
    ends = [now, *begins]
    return [
        Month(begin, end is not now, series.between(begin, end))
        for begin, end in zip(begins, ends, strict=False)
        if begin < end
    ]


def _first_of_month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
