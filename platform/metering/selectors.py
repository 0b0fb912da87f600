"""What meters tell those who ask: the lists, one meter's readings, its months."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from core import clock
from core.models import Site
from metering.models import Meter, MeterPoint, MeterReading
from metering.usage import Chain, Consumption, consumption

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

    Each has ``last_at`` and ``last_register`` of its newest reading that counts, and ``waiting``:
    how many of its readings wait for a review.
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


def unread_since(meters: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    """Return those of `meters_at` in use that were not read since that instant."""
    return meters.filter(removed_at=None, last_at__lt=at)


def to_review(site: Site) -> QuerySet[MeterReading]:
    """Return the site's readings that wait for a review, oldest first."""
    return MeterReading.objects.filter(meter__site=site, state=_STATE.REVIEW).order_by("at")


def meter_or_404(site: Site, pk: int) -> Meter:
    """Return the site's meter of that number, as `meters_at` has it.

    Raises:
        Http404: there is none, or it is another site's.
    """
    meter = meters_at(site).filter(pk=pk).first()
    if meter is None:
        raise Http404(f"no meter {pk} at {site.slug}")
    return meter


def reading_or_404(site: Site, pk: int) -> MeterReading:
    """Return the site's reading of that number with its meter.

    Raises:
        Http404: there is none, or it is another site's.
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
    """Return all readings of the meter, those that count no more too, newest first."""
    return (
        MeterReading.objects.filter(meter=meter)
        .select_related("meter", "by", "closed_by", "corrects", "corrected_by")
        .order_by("-at", "-pk")
    )


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of a point, on the site's clock.

    Attributes:
        begins: its first instant.
        over: it has ended; else the usage is of the month so far.
    """

    begins: datetime
    over: bool
    usage: Consumption

    @property
    def amount(self) -> Decimal:
        """What was used in it, in the point's unit of measure."""
        return self.usage.amount


def months(point: MeterPoint, count: int = 13) -> list[Month]:
    """Return the point's use in each of the latest months, the present one first.

    It reaches back to the month in which the point's first meter was installed.
    """
    now = clock.now()
    zone = clock.zone(point.site.timezone)
    installed = min(point.meters.values_list("installed_at", flat=True), default=now)
    begins = [_first_of_month(now.astimezone(zone))]
    while len(begins) < count and begins[-1] > installed:
        begins.append(_first_of_month(begins[-1] - timedelta(days=1)))
    chain = Chain(point, begins[-1], now)
    ends = [now, *begins]
    return [
        Month(begin, end is not now, chain.between(begin, end))
        for begin, end in zip(begins, ends, strict=False)
        if begin < end
    ]


def _first_of_month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
