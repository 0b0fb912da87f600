"""What was used at a point between two instants: the only door through which billing asks.

The rule: an instant is worth the reading that counts nearest to it, the earlier of two equally
near; what was used between two instants is the sum of the register's steps from the one's reading
to the other's, each times its meter's multiplier, across rollovers and replacements. Nothing is
interpolated. So adjoining periods share their reading and add up, nothing is ever negative, and it
does not matter in which order the readings came in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import Rejection
from metering.models import Meter, MeterPoint, MeterReading

#: A reading so near to an instant is as good as one of that instant.
NEAR = timedelta(days=3)
_SOURCE, _STAGE, _STATE = MeterReading.Source, MeterReading.Stage, MeterReading.State


@dataclass(frozen=True, slots=True)
class End:
    """The reading that an instant is worth.

    Attributes:
        measured: it was read near that instant; or nothing was there to be read before it, or
            after it, because the point's first meter was installed, or its last one removed, then.
        estimated: nobody read it.
    """

    at: datetime
    reading: MeterReading
    measured: bool

    @property
    def estimated(self) -> bool:
        """Whether it was guessed."""
        return self.reading.source == _SOURCE.ESTIMATE

    @property
    def distance(self) -> timedelta:
        """How long before or after the instant it was read."""
        return abs(self.reading.at - self.at)


@dataclass(frozen=True, slots=True)
class Part:
    """What one meter counted: from one of its readings to another.

    Attributes:
        advance: how far the register went, rollovers included.
        used: that times the meter's multiplier.
    """

    meter: Meter
    start: MeterReading
    end: MeterReading
    advance: Decimal
    rollovers: int

    @property
    def used(self) -> Decimal:
        """In the point's unit of measure, exact."""
        return self.advance * self.meter.multiplier


@dataclass(frozen=True, slots=True)
class Consumption:
    """What was used at a point from one instant to another.

    Attributes:
        parts: one for each meter that was there, in order; none where both ends are one reading.
        first, last: the readings it rests on.
        waiting: how many readings of devices wait for a review and might change it.
    """

    point: MeterPoint
    begin: datetime
    end: datetime
    parts: tuple[Part, ...]
    first: End
    last: End
    waiting: int

    @property
    def amount(self) -> Decimal:
        """In the point's unit of measure, multipliers applied, exact."""
        return sum((part.used for part in self.parts), Decimal(0))

    @property
    def rollovers(self) -> int:
        """How often a register began again at zero."""
        return sum(part.rollovers for part in self.parts)

    @property
    def measured(self) -> bool:
        """Whether both ends were read near their instants."""
        return self.first.measured and self.last.measured

    @property
    def estimated(self) -> bool:
        """Whether one of the ends was guessed: the next true reading puts it right."""
        return self.first.estimated or self.last.estimated

    @property
    def billable(self) -> bool:
        """Whether it may be billed: measured at both ends, and nothing waits for a review."""
        return self.measured and not self.waiting


class Chain:
    """The readings of a point that count, in order, around a span of time; loaded once."""

    def __init__(self, point: MeterPoint, begin: datetime, end: datetime) -> None:
        """Load what tells of every instant from ``begin`` to ``end``.

        Raises:
            Rejection: no reading counts at the point yet.
        """
        self.point = point
        self._readings = _around(point, begin, end)
        if not self._readings:
            raise Rejection("point", "no_reading", _("it has no reading"), _("enter one"))
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
        """Return what was used between two instants within the span that was loaded.

        Raises:
            Rejection: the end is not after the beginning.
        """
        if end <= begin:
            raise Rejection(
                "end", "end_before_begin", _("it ends before it begins"), _("choose a later end")
            )
        low, high = self._nearest(begin), self._nearest(end)
        first, last = self._readings[low], self._readings[high]
        return Consumption(
            point=self.point,
            begin=begin,
            end=end,
            parts=_parts(self._readings[low : high + 1]),
            first=End(begin, first, self._is_measured(begin, first)),
            last=End(end, last, self._is_measured(end, last)),
            waiting=self._waits(min(begin, first.at), max(end, last.at)),
        )

    def _nearest(self, at: datetime) -> int:
        return min(
            range(len(self._readings)), key=lambda nth: (abs(self._readings[nth].at - at), nth)
        )

    def _is_measured(self, at: datetime, reading: MeterReading) -> bool:
        if abs(reading.at - at) <= NEAR:
            return True
        if at < reading.at:
            return reading.stage == _STAGE.INSTALLED and reading.at == self._installed_at
        return reading.stage == _STAGE.REMOVED and not self._in_use

    def _waits(self, begin: datetime, end: datetime) -> int:
        return sum(begin <= at <= end for at in self._waiting)


def consumption(point: MeterPoint, begin: datetime, end: datetime) -> Consumption:
    """Return what was used at the point from ``begin`` to ``end``, by the rule of this module.

    The caller has checked that the asker may see the point; whoever bills asks ``billable``.

    Raises:
        Rejection: the end is not after the beginning, or no reading counts at the point yet.
    """
    return Chain(point, begin, end).between(begin, end)


def _around(point: MeterPoint, begin: datetime, end: datetime) -> list[MeterReading]:
    """Load from the last reading up to the beginning until the first one from the end on."""
    counting = MeterReading.objects.filter(meter__point=point, state=_STATE.IN_FORCE)
    before = counting.filter(at__lte=begin).order_by("at").last()
    after = counting.filter(at__gte=end).order_by("at").first()
    within: QuerySet[MeterReading] = counting
    if before is not None:
        within = within.filter(Q(at__gte=before.at))
    if after is not None:
        within = within.filter(Q(at__lte=after.at))
    return list(within.select_related("meter").order_by("meter__installed_at", "at"))


def _parts(readings: list[MeterReading]) -> tuple[Part, ...]:
    by_meter: dict[int, list[MeterReading]] = {}
    for reading in readings:
        by_meter.setdefault(reading.meter_id, []).append(reading)
    return tuple(_part(each) for each in by_meter.values() if len(each) > 1)


def _part(readings: list[MeterReading]) -> Part:
    meter = readings[0].meter
    pairs = list(pairwise(readings))
    return Part(
        meter=meter,
        start=readings[0],
        end=readings[-1],
        advance=_sum(meter.dial.advance(a.value, b.value) for a, b in pairs),
        rollovers=sum(b.value < a.value for a, b in pairs),
    )


def _sum(steps: Iterable[Decimal]) -> Decimal:
    return sum(steps, Decimal(0))
