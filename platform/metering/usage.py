"""Consumption at a meter point between two instants: the only interface for billing.

The rule: an instant is represented by the nearest reading in force, the earlier of two equally near
ones. Consumption between two instants is the sum of the register's advances from the first one's
reading to the second one's, each times its meter's multiplier, across rollovers and replacements.
Values are not interpolated. Adjoining periods therefore share a reading and add up, consumption is
never negative, and the order in which readings arrived does not matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _

from core import validation
from core.errors import Rejection
from metering.models import Meter, MeterPoint, MeterReading

#: A reading within this distance of an instant counts as measured at that instant.
MEASURED_WITHIN = timedelta(days=3)
_SOURCE, _STAGE, _STATE = MeterReading.Source, MeterReading.Stage, MeterReading.State


@dataclass(frozen=True, slots=True)
class Boundary:
    """The reading that represents the beginning or the end of a period.

    Attributes:
        at: the boundary of the period.
        measured: the reading was made near that instant, or it is the first at the point's first
            installation, or the last at its last removal, so that no nearer one can exist.
    """

    at: datetime
    reading: MeterReading
    measured: bool

    @property
    def estimated(self) -> bool:
        """Whether the reading is an estimate."""
        return self.reading.source == _SOURCE.ESTIMATE

    @property
    def distance(self) -> timedelta:
        """The time between the boundary and its reading."""
        return abs(self.reading.at - self.at)


@dataclass(frozen=True, slots=True)
class MeterPart:
    """One meter's part of a consumption, from one of its readings to another.

    Attributes:
        advance: the difference of the register, rollovers included.
    """

    meter: Meter
    start: MeterReading
    end: MeterReading
    advance: Decimal
    rollovers: int

    @property
    def used(self) -> Decimal:
        """The consumption in the point's unit of measure: the advance times the multiplier."""
        return self.advance * self.meter.multiplier


@dataclass(frozen=True, slots=True)
class Consumption:
    """The consumption at a point from one instant to another.

    Attributes:
        parts: one for each meter in the period, in order; empty where one reading represents both
            boundaries.
        first, last: the readings at its boundaries.
        waiting: the number of device readings under review that might change it.
    """

    point: MeterPoint
    begin: datetime
    end: datetime
    parts: tuple[MeterPart, ...]
    first: Boundary
    last: Boundary
    waiting: int

    @property
    def amount(self) -> Decimal:
        """The consumption in the point's unit of measure, multipliers applied, exact."""
        return sum((part.used for part in self.parts), Decimal(0))

    @property
    def rollovers(self) -> int:
        """The number of rollovers in the period."""
        return sum(part.rollovers for part in self.parts)

    @property
    def measured(self) -> bool:
        """Whether both boundaries are measured."""
        return self.first.measured and self.last.measured

    @property
    def estimated(self) -> bool:
        """Whether a boundary is an estimate, which the next actual reading corrects."""
        return self.first.estimated or self.last.estimated

    @property
    def billable(self) -> bool:
        """Whether it may be billed: both boundaries measured, no reading under review."""
        return self.measured and not self.waiting


class ReadingSeries:
    """The readings of a point in force that a period needs, in order; see `load_series`."""

    def __init__(
        self,
        point: MeterPoint,
        readings: Sequence[MeterReading],
        meters: Sequence[Meter],
        waiting: Sequence[datetime],
    ) -> None:
        """Take what was loaded.

        Args:
            readings: at least one, by meter and time.
            meters: all that were installed at the point.
            waiting: when the readings under review were made.
        """
        self.point = point
        self._readings = list(readings)
        self._waiting = list(waiting)
        self._in_use = any(each.removed_at is None for each in meters)
        self._installed_at = min(each.installed_at for each in meters)

    def cumulative(self) -> list[tuple[MeterReading, Decimal]]:
        """Return each reading with the consumption since the first one, multipliers applied."""
        total, found = Decimal(0), [(self._readings[0], Decimal(0))]
        for before, after in pairwise(self._readings):
            if before.meter_id == after.meter_id:
                advance = after.meter.dial.advance(before.value, after.value)
                total += advance * after.meter.multiplier
            found.append((after, total))
        return found

    def between(self, begin: datetime, end: datetime) -> Consumption:
        """Return the consumption between two instants of the loaded period.

        Raises:
            Rejection: the end is not after the beginning.
        """
        validation.require_order(begin, end, "end")
        low, high = self._nearest(begin), self._nearest(end)
        first, last = self._readings[low], self._readings[high]
        return Consumption(
            point=self.point,
            begin=begin,
            end=end,
            parts=_parts(self._readings[low : high + 1]),
            first=Boundary(begin, first, self._is_measured(begin, first)),
            last=Boundary(end, last, self._is_measured(end, last)),
            waiting=self._count_waiting(min(begin, first.at), max(end, last.at)),
        )

    def _nearest(self, at: datetime) -> int:
        return min(
            range(len(self._readings)), key=lambda nth: (abs(self._readings[nth].at - at), nth)
        )

    def _is_measured(self, at: datetime, reading: MeterReading) -> bool:
        if abs(reading.at - at) <= MEASURED_WITHIN:
            return True
        if at < reading.at:
            return reading.stage == _STAGE.INSTALLED and reading.at == self._installed_at
        return reading.stage == _STAGE.REMOVED and not self._in_use

    def _count_waiting(self, begin: datetime, end: datetime) -> int:
        return sum(begin <= at <= end for at in self._waiting)


def consumption(point: MeterPoint, begin: datetime, end: datetime) -> Consumption:
    """Return the consumption at the point from ``begin`` to ``end``, by this module's rule.

    The caller checks the permission to see the point; billing also checks ``billable``.

    Raises:
        Rejection: the end is not after the beginning, or the point has no reading in force.
    """
    return series_of(point, begin, end).between(begin, end)


def series_of(point: MeterPoint, begin: datetime, end: datetime) -> ReadingSeries:
    """Return a point's readings for every instant from ``begin`` to ``end``.

    Raises:
        Rejection: the point has no reading in force.
    """
    found = load_series([point], begin, end)
    if not found:
        raise Rejection(
            "point", "no_reading", _("the meter point has no reading"), _("enter a reading")
        )
    return found[point.pk]


def load_series(
    points: Iterable[MeterPoint], begin: datetime, end: datetime
) -> dict[int, ReadingSeries]:
    """Return the readings of points for every instant of a period, with a few queries for all.

    Returns:
        By the point's key; points without a reading in force are left out.
    """
    by_key = {point.pk: point for point in points}
    meters: dict[int, list[Meter]] = defaultdict(list)
    for meter in Meter.objects.filter(point__in=by_key).order_by("installed_at"):
        meter.point = by_key[meter.point_id]
        meters[meter.point_id].append(meter)
    readings = _load_readings(
        {each.pk: each for all_of in meters.values() for each in all_of}, begin, end
    )
    waiting: dict[int, list[datetime]] = defaultdict(list)
    review = MeterReading.objects.filter(meter__point__in=by_key, state=_STATE.REVIEW)
    for point, at in review.values_list("meter__point", "at"):
        waiting[point].append(at)
    return {
        key: ReadingSeries(by_key[key], found, meters[key], waiting[key])
        for key, found in readings.items()
    }


def _load_readings(
    meters: Mapping[int, Meter], begin: datetime, end: datetime
) -> dict[int, list[MeterReading]]:
    """Load by point from the last reading before the beginning to the first one after the end."""
    in_force = MeterReading.objects.filter(meter__in=meters, state=_STATE.IN_FORCE)
    limits = (
        in_force.order_by()
        .values_list("meter__point")
        .annotate(low=Max("at", filter=Q(at__lte=begin)), high=Min("at", filter=Q(at__gte=end)))
    )
    bounds = {point: (low, high) for point, low, high in limits}
    instants = {at for pair in bounds.values() for at in pair if at is not None}
    rows = in_force.filter(Q(at__gt=begin, at__lt=end) | Q(at__in=instants))
    found: dict[int, list[MeterReading]] = defaultdict(list)
    for row in rows.order_by("at"):
        row.meter = meters[row.meter_id]
        low, high = bounds[row.meter.point_id]
        if (low is None or row.at >= low) and (high is None or row.at <= high):
            found[row.meter.point_id].append(row)
    for each in found.values():
        each.sort(key=lambda row: (row.meter.installed_at, row.at))
    return found


def _parts(readings: list[MeterReading]) -> tuple[MeterPart, ...]:
    by_meter: dict[int, list[MeterReading]] = {}
    for reading in readings:
        by_meter.setdefault(reading.meter_id, []).append(reading)
    return tuple(_part(each) for each in by_meter.values() if len(each) > 1)


def _part(readings: list[MeterReading]) -> MeterPart:
    meter = readings[0].meter
    pairs = list(pairwise(readings))
    return MeterPart(
        meter=meter,
        start=readings[0],
        end=readings[-1],
        advance=_sum(meter.dial.advance(a.value, b.value) for a, b in pairs),
        rollovers=sum(b.value < a.value for a, b in pairs),
    )


def _sum(steps: Iterable[Decimal]) -> Decimal:
    return sum(steps, Decimal(0))
