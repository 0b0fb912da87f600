"""Consumption at a meter point between two instants: the only interface for billing.

The rule: an instant is represented by the nearest reading in force, the earlier of two equally near
ones. Consumption between two instants is the sum of the register's advances from the first one's
reading to the second one's, each times its meter's multiplier, across rollovers and replacements.
Values are not interpolated. Adjoining periods therefore share a reading and add up, consumption is
never negative, and the order in which readings arrived does not matter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import Q, QuerySet
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
    """The readings of a point in force that a period needs, in order; loaded once."""

    def __init__(self, point: MeterPoint, begin: datetime, end: datetime) -> None:
        """Load the readings for every instant from ``begin`` to ``end``.

        Raises:
            Rejection: the point has no reading in force.
        """
        self.point = point
        self._readings = _load_readings(point, begin, end)
        if not self._readings:
            raise Rejection(
                "point", "no_reading", _("the meter point has no reading"), _("enter a reading")
            )
        self._waiting = list(
            MeterReading.objects.filter(meter__point=point, state=_STATE.REVIEW).values_list(
                "at", flat=True
            )
        )
        self._in_use = Meter.objects.filter(point=point, removed_at=None).exists()
        self._installed_at = min(
            Meter.objects.filter(point=point).values_list("installed_at", flat=True)
        )

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
    return ReadingSeries(point, begin, end).between(begin, end)


def _load_readings(point: MeterPoint, begin: datetime, end: datetime) -> list[MeterReading]:
    """Load from the last reading before the beginning to the first one after the end."""
    in_force = MeterReading.objects.filter(meter__point=point, state=_STATE.IN_FORCE)
    before = in_force.filter(at__lte=begin).order_by("at").last()
    after = in_force.filter(at__gte=end).order_by("at").first()
    within: QuerySet[MeterReading] = in_force
    if before is not None:
        within = within.filter(Q(at__gte=before.at))
    if after is not None:
        within = within.filter(Q(at__lte=after.at))
    return list(within.select_related("meter").order_by("meter__installed_at", "at"))


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
