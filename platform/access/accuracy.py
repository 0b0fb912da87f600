"""Count how well cameras read plates, by the hour, and read the counts.

The counts are stored, since passages lose their readings after their retention period.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Max, Q, QuerySet, Sum

from access.models import CameraHour
from access.proportions import Share
from access.retention import PASSAGES
from access.verified_readings import Reading, Verdict, readings
from core import clock, retention
from core.models import Site
from devices.models import Device

#: Hours of the night on the site's clock: from the first one until the last one of the morning.
NIGHT_FROM, NIGHT_UNTIL = 19, 7
NIGHT_HOURS = (*range(NIGHT_FROM, 24), *range(NIGHT_UNTIL))
IS_NIGHT = Q(hour__in=NIGHT_HOURS)
#: Days that are counted again, because staff corrected readings of them meanwhile.
COUNTED_AGAIN = 2
#: Days that are counted at first.
FIRST_DAYS = 35
KEPT_DAYS = 400


@dataclass(slots=True)
class Figures:
    """Counts of readings; `access.models.CameraHour` says what they are."""

    readings: int = 0
    found: int = 0
    certain: int = 0
    right: int = 0
    wrong: int = 0
    confidence: float = 0.0

    @property
    def unread(self) -> int:
        """How many photos showed no plate to the reader."""
        return self.readings - self.found

    @property
    def share_found(self) -> float | None:
        """The share of readings with a text."""
        return self.found / self.readings if self.readings else None

    @property
    def share_certain(self) -> float | None:
        """The share of readings that could open a barrier."""
        return self.certain / self.readings if self.readings else None

    @property
    def share_wrong(self) -> float | None:
        """The share of readings that staff corrected."""
        return self.wrong / self.readings if self.readings else None

    @property
    def share_right(self) -> float | None:
        """The share of verified readings that were right."""
        verified = self.right + self.wrong
        return self.right / verified if verified else None

    @property
    def mean_confidence(self) -> float | None:
        """The mean confidence of the readings with a text."""
        return self.confidence / self.found if self.found else None

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in _COUNTS))

    def add(self, reading: Reading) -> None:
        """Count one reading."""
        self.readings += 1
        if reading.text:
            self.found += 1
            self.certain += reading.certain
            self.confidence += reading.confidence
            self.right += reading.verdict == Verdict.RIGHT
            self.wrong += reading.verdict == Verdict.WRONG


_COUNTS = tuple(each.name for each in fields(Figures))


def count_site(site: Site) -> int:
    """Count the readings of a site's latest days; return of how many days.

    Days of which readings may be past their retention period keep the counts that they have.
    """
    today = clock.local(clock.now(), site.timezone).date()
    last = CameraHour.objects.filter(site=site).aggregate(last=Max("day"))["last"]
    first = today - timedelta(days=FIRST_DAYS)
    if last is not None:
        first = max(first, min(last, today - timedelta(days=COUNTED_AGAIN)))
    kept = clock.local(retention.limit(site.pk, PASSAGES), site.timezone).date()
    first = max(first, kept + timedelta(days=1))
    days = [first + timedelta(days=each) for each in range((today - first).days + 1)]
    for day in days:
        count_day(site, day)
    return len(days)


@transaction.atomic
def count_day(site: Site, day: date) -> None:
    """Count the readings of one day of a site's calendar again."""
    begin = clock.midnight(day, site.timezone)
    end = clock.midnight(day + timedelta(days=1), site.timezone)
    found: dict[tuple[int, int], Figures] = defaultdict(Figures)
    for reading in readings(site.pk, begin, end):
        hour = clock.local(reading.seen_at, site.timezone).hour
        found[reading.device, hour].add(reading)
    CameraHour.objects.bulk_create(
        [
            CameraHour(
                site=site,
                device_id=device,
                day=day,
                hour=hour,
                **{name: getattr(figures, name) for name in _COUNTS},
            )
            for (device, hour), figures in sorted(found.items())
        ],
        update_conflicts=True,
        unique_fields=["device", "day", "hour"],
        update_fields=["site", *_COUNTS],
    )


def delete_old_hours() -> int:
    """Delete the counts that are too old for any comparison; return how many."""
    before = clock.now().date() - timedelta(days=KEPT_DAYS)
    return CameraHour.objects.filter(day__lt=before).delete()[0]


def hours_of(site: Site, days: int, device: Device | None = None) -> QuerySet[CameraHour]:
    """Return a site's hours of the last days, today among them; of one camera, if given."""
    today = clock.local(clock.now(), site.timezone).date()
    rows = CameraHour.objects.filter(site=site, day__gt=today - timedelta(days=days))
    return rows if device is None else rows.filter(device=device)


def by_day(hours: QuerySet[CameraHour]) -> dict[date, Figures]:
    """Add hours up by their days, in order."""
    return {day: figures for (day,), figures in _sums(hours, "day").items()}


def by_band(hours: QuerySet[CameraHour]) -> dict[bool, Figures]:
    """Add hours up by whether they are of the night."""
    found = {night: figures for (night,), figures in _sums(hours, "night").items()}
    return {night: found.get(night, Figures()) for night in (False, True)}


def by_camera_and_band(hours: QuerySet[CameraHour]) -> dict[tuple[int, bool], Figures]:
    """Add hours up by their cameras and by whether they are of the night."""
    return _sums(hours, "device", "night")


def by_camera_band_and_day(hours: QuerySet[CameraHour]) -> dict[tuple[int, bool, date], Figures]:
    """Add hours up by their cameras, by whether they are of the night, and by their days."""
    return _sums(hours, "device", "night", "day")


def shares(
    hours: QuerySet[CameraHour], measure: str
) -> Mapping[tuple[int, bool], list[tuple[date, Share]]]:
    """Return the shares of hours by camera and by night or day, the latest first.

    Args:
        measure: a value of `CameraDecline.Measure`.
    """
    found: dict[tuple[int, bool], list[tuple[date, Share]]] = defaultdict(list)
    names = ("device", "day", "hour", "readings", "found", "right", "wrong")
    rows: Iterable[tuple[int, date, int, int, int, int, int]]
    rows = hours.order_by("-day", "-hour").values_list(*names)
    for device, day, hour, total, seen, right, wrong in rows:
        share = Share(seen, total) if measure == "found" else Share(right, right + wrong)
        if share.total:
            found[device, hour in NIGHT_HOURS].append((day, share))
    return found


def _sums(hours: QuerySet[CameraHour], *keys: str) -> dict[Any, Figures]:
    """Add hours up by columns, or by ``night``, in that order; the keys are tuples."""
    night = ExpressionWrapper(IS_NIGHT, output_field=BooleanField())
    groups = hours.annotate(night=night).values_list(*keys).order_by(*keys)
    rows = groups.annotate(*(Sum(name) for name in _COUNTS))
    return {row[: len(keys)]: Figures(*row[len(keys) :]) for row in rows}
