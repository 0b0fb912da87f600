"""Plausibility of a reading, compared with its neighbours in time.

Consumption is the sum of the differences between neighbours, and a decrease is a rollover. Two
things must therefore hold for the readings in force: each decrease has been confirmed, and a
reading inserted between two others does not change the consumption between those.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from metering.models import Meter, MeterReading
from metering.register import days_between

# Daily use above this multiple of the meter's mean needs a confirmation.
MAX_MULTIPLE_OF_MEAN = 5
# The period that the mean is calculated from, and the shortest history that is sufficient for one.
HISTORY, MIN_HISTORY = timedelta(days=400), timedelta(days=30)
# The limit without a history, and the lowest limit with one: the capacity divided by these.
LIMIT_DIVISOR, FLOOR_DIVISOR = 10, 1000


@dataclass(eq=False)
class ImplausibleReading(Rejection):
    """A reading that is rejected because its neighbours contradict it.

    Attributes:
        problem: one of MeterReading.Problem.
    """

    problem: str = MeterReading.Problem.NONE


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The readings in force before and after an instant; None where there is none."""

    before: MeterReading | None
    after: MeterReading | None


@dataclass(frozen=True, slots=True)
class ProposedReading:
    """A register value that is to be checked and recorded.

    Attributes:
        rolled_over: confirmed: a rollover since the reading before, or until the one after.
        accept_high: confirmed: the high consumption is real.
    """

    register: Decimal
    at: datetime
    rolled_over: bool = False
    accept_high: bool = False


def in_force(meter: Meter) -> QuerySet[MeterReading]:
    """Return the meter's readings in force, in order of time."""
    return MeterReading.objects.filter(meter=meter, state=MeterReading.State.IN_FORCE).order_by(
        "at"
    )


def neighbours_of(meter: Meter, at: datetime, without: MeterReading | None = None) -> Neighbours:
    """Return the neighbours of an instant, optionally leaving out one reading."""
    readings = in_force(meter)
    if without is not None:
        readings = readings.exclude(pk=without.pk)
    return Neighbours(readings.filter(at__lt=at).last(), readings.filter(at__gt=at).first())


def find_problem(
    meter: Meter, proposed: ProposedReading, near: Neighbours
) -> ImplausibleReading | None:
    """Return why a reading is implausible between its neighbours; None if it is plausible."""
    return (
        _check_order(meter, proposed, near)
        or _check_rollover(proposed, near)
        or _check_amount(meter, proposed, near)
    )


def find_gap_problem(
    meter: Meter, before: MeterReading, after: MeterReading, *, rolled_over: bool
) -> ImplausibleReading | None:
    """Return why two readings cannot become neighbours when those between them are removed."""
    if after.value >= before.value or after.rolled_over or rolled_over:
        return None
    return _lower(meter, after.value, before)


def out_of_range(meter: Meter, field: str = "register") -> ImplausibleReading:
    """Return the rejection of a value outside the register's range."""
    digits = {"whole": meter.whole_digits, "decimals": meter.decimals}
    example = meter.dial.format(meter.dial.capacity - meter.dial.step)
    return ImplausibleReading(
        field,
        "register_out_of_range",
        _("the register has %(whole)s whole digits and %(decimals)s decimals") % digits,
        _("enter what it shows, at most %(example)s") % {"example": example},
        MeterReading.Problem.OUTSIDE,
    )


def plausible_limit(meter: Meter, begin: datetime, end: datetime) -> Decimal:
    """Return the largest plausible advance of the register between two instants.

    It is the point's own limit if one is set. Otherwise it is five times the mean use of the
    meter's history, at least a thousandth of the register's capacity; with less than thirty days of
    history it is a tenth of the capacity.
    """
    days = days_between(begin, end)
    if meter.point.most_per_day is not None:
        return meter.point.most_per_day * days / meter.multiplier
    mean = _mean_per_day(meter, begin)
    if mean is None:
        return meter.dial.capacity / LIMIT_DIVISOR
    return max(mean * MAX_MULTIPLE_OF_MEAN * days, meter.dial.capacity / FLOOR_DIVISOR)


def _mean_per_day(meter: Meter, until: datetime) -> Decimal | None:
    readings = list(in_force(meter).filter(at__gte=until - HISTORY, at__lte=until))
    if not readings or readings[-1].at - readings[0].at < MIN_HISTORY:
        return None
    steps = (meter.dial.advance(a.value, b.value) for a, b in pairwise(readings))
    return sum(steps, Decimal(0)) / days_between(readings[0].at, readings[-1].at)


def _check_order(
    meter: Meter, proposed: ProposedReading, near: Neighbours
) -> ImplausibleReading | None:
    before, after = near.before, near.after
    if before is not None and after is not None:
        return _check_between(meter, proposed, before, after)
    if before is not None and proposed.register < before.value and not proposed.rolled_over:
        return _lower(meter, proposed.register, before)
    confirmed = proposed.rolled_over or (after is not None and after.rolled_over)
    if after is not None and after.value < proposed.register and not confirmed:
        return _above(meter, proposed.register, after)
    return None


def _check_between(
    meter: Meter, proposed: ProposedReading, before: MeterReading, after: MeterReading
) -> ImplausibleReading | None:
    gap = find_gap_problem(meter, before, after, rolled_over=proposed.rolled_over)
    if gap is not None:
        return gap
    if after.value < before.value:
        fits = proposed.register >= before.value or proposed.register <= after.value
    else:
        fits = before.value <= proposed.register <= after.value
    return None if fits else _between(meter, proposed.register, before, after)


def _check_rollover(proposed: ProposedReading, near: Neighbours) -> ImplausibleReading | None:
    """Reject a confirmed rollover where the register does not decrease.

    It is a mistake, and would add the register's whole capacity to the consumption.
    """
    falls_to = near.before is not None and proposed.register < near.before.value
    falls_from = near.after is not None and near.after.value < proposed.register
    if not proposed.rolled_over or falls_to or falls_from:
        return None
    return ImplausibleReading(
        "rolled_over",
        "not_rolled_over",
        _("the register is not lower than before"),
        _("clear this checkbox, or check the digits"),
        override="rolled_over",
    )


def _check_amount(
    meter: Meter, proposed: ProposedReading, near: Neighbours
) -> ImplausibleReading | None:
    if proposed.accept_high:
        return None
    if near.before is not None:
        begin, end = near.before.at, proposed.at
        step = meter.dial.advance(near.before.value, proposed.register)
    elif near.after is not None:
        begin, end = proposed.at, near.after.at
        step = meter.dial.advance(proposed.register, near.after.value)
    else:
        return None
    limit = plausible_limit(meter, begin, end)
    return _high(meter, step, limit, days_between(begin, end)) if step > limit else None


def _describe(reading: MeterReading) -> tuple[str, str]:
    """Return the register and the local time of a reading, as texts show them."""
    local = clock.local(reading.at, reading.meter.site.timezone)
    return reading.shown, f"{local:%Y-%m-%d %H:%M}"


def _lower(meter: Meter, register: Decimal, before: MeterReading) -> ImplausibleReading:
    earlier, at = _describe(before)
    return ImplausibleReading(
        "register",
        "lower_than_before",
        _("%(register)s is lower than %(earlier)s, read on %(at)s")
        % {"register": meter.dial.format(register), "earlier": earlier, "at": at},
        _("correct the earlier reading, confirm a rollover, or replace the meter"),
        MeterReading.Problem.LOWER,
        override="rolled_over",
    )


def _above(meter: Meter, register: Decimal, after: MeterReading) -> ImplausibleReading:
    later, at = _describe(after)
    return ImplausibleReading(
        "register",
        "higher_than_after",
        _("%(register)s is higher than %(later)s, read on %(at)s")
        % {"register": meter.dial.format(register), "later": later, "at": at},
        _("correct the later reading, or confirm a rollover"),
        MeterReading.Problem.BETWEEN,
        override="rolled_over",
    )


def _between(
    meter: Meter, register: Decimal, before: MeterReading, after: MeterReading
) -> ImplausibleReading:
    (first, first_at), (second, second_at) = _describe(before), _describe(after)
    return ImplausibleReading(
        "register",
        "not_between",
        _(
            "%(register)s is not between %(first)s, read on %(first_at)s, and %(second)s, "
            "read on %(second_at)s"
        )
        % {
            "register": meter.dial.format(register),
            "first": first,
            "first_at": first_at,
            "second": second,
            "second_at": second_at,
        },
        _("check the digits and the time, or correct the wrong neighbour"),
        MeterReading.Problem.BETWEEN,
    )


def _high(meter: Meter, step: Decimal, limit: Decimal, days: Decimal) -> ImplausibleReading:
    return ImplausibleReading(
        "register",
        "unusually_high",
        _("that is %(used)s %(measure)s in %(days)s days; the plausible maximum is %(limit)s")
        % {
            "used": f"{step * meter.multiplier:.1f}",
            "measure": meter.point.get_measure_display(),
            "days": f"{days:.0f}",
            "limit": f"{limit * meter.multiplier:.0f}",
        },
        _("check the digits; if they are right, confirm them and enter the reason"),
        MeterReading.Problem.HIGH,
        override="accept_high",
    )
