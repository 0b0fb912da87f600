"""Whether a reading can be believed beside its neighbours in time.

Consumption is the sum of the steps between neighbours, and a step down is a rollover. So what has
to hold of the readings that count is: each step down was confirmed by somebody, and a reading put
between two others changes nothing of what was used between them.
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

# A use per day so many times the meter's own mean is asked about.
UNUSUAL = 5
# The mean is taken from so many days, where there are at least so many.
HISTORY, LEAST_HISTORY = timedelta(days=400), timedelta(days=30)
# Without a history, and as a floor below the mean's limit: these parts of the register's capacity.
WHOLE_PART, FLOOR_PART = 10, 1000


@dataclass(eq=False)
class ImplausibleReading(Rejection):
    """A reading that cannot be believed as it is.

    Attributes:
        doubt: one of MeterReading.Doubt.
        tick: the name of what may be ticked to have it taken all the same; empty for nothing.
    """

    doubt: str = MeterReading.Doubt.NONE
    tick: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """The readings that count before and after an instant; None where there is none."""

    before: MeterReading | None
    after: MeterReading | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a register.

    Attributes:
        rolled_over: it passed its largest number since the reading before, or until the one after.
        accept_high: so much was really used.
    """

    register: Decimal
    at: datetime
    rolled_over: bool = False
    accept_high: bool = False


def in_force(meter: Meter) -> QuerySet[MeterReading]:
    """Return the meter's readings that count, in the order of time."""
    return MeterReading.objects.filter(meter=meter, state=MeterReading.State.IN_FORCE).order_by(
        "at"
    )


def around(meter: Meter, at: datetime, without: MeterReading | None = None) -> Around:
    """Return the neighbours of an instant, one reading left out."""
    readings = in_force(meter)
    if without is not None:
        readings = readings.exclude(pk=without.pk)
    return Around(readings.filter(at__lt=at).last(), readings.filter(at__gt=at).first())


def judge(meter: Meter, claim: Claim, near: Around) -> ImplausibleReading | None:
    """Return why a reading cannot be believed between its neighbours; None where it can."""
    return _order(meter, claim, near) or _pointless(claim, near) or _height(meter, claim, near)


def joins(
    meter: Meter, before: MeterReading, after: MeterReading, *, rolled_over: bool
) -> ImplausibleReading | None:
    """Return why two readings cannot stand side by side once what is between them is gone."""
    if after.value >= before.value or after.rolled_over or rolled_over:
        return None
    return _lower(meter, after.value, before)


def outside(meter: Meter, field: str = "register") -> ImplausibleReading:
    """Return the rejection of a number that the register cannot show."""
    words = {"whole": meter.whole_digits, "decimals": meter.decimals}
    example = meter.dial.write(meter.dial.capacity - meter.dial.step)
    return ImplausibleReading(
        field,
        "register_out_of_range",
        _("the register has %(whole)s whole digits and %(decimals)s decimals") % words,
        _("write what it shows, at most %(example)s") % {"example": example},
        MeterReading.Doubt.OUTSIDE,
    )


def likely_most(meter: Meter, begin: datetime, end: datetime) -> Decimal:
    """Return the most that the register can plausibly go on between two instants.

    It is the point's own limit where somebody set one. Else five times what the meter's history
    gives for such a time, but no less than a thousandth of the register's capacity; without thirty
    days of history, a tenth of the capacity.
    """
    days = days_between(begin, end)
    if meter.point.most_per_day is not None:
        return meter.point.most_per_day * days / meter.multiplier
    mean = _mean_per_day(meter, begin)
    if mean is None:
        return meter.dial.capacity / WHOLE_PART
    return max(mean * UNUSUAL * days, meter.dial.capacity / FLOOR_PART)


def _mean_per_day(meter: Meter, until: datetime) -> Decimal | None:
    readings = list(in_force(meter).filter(at__gte=until - HISTORY, at__lte=until))
    if not readings or readings[-1].at - readings[0].at < LEAST_HISTORY:
        return None
    steps = (meter.dial.advance(a.value, b.value) for a, b in pairwise(readings))
    return sum(steps, Decimal(0)) / days_between(readings[0].at, readings[-1].at)


def _order(meter: Meter, claim: Claim, near: Around) -> ImplausibleReading | None:
    before, after = near.before, near.after
    if before is not None and after is not None:
        return _middle(meter, claim, before, after)
    if before is not None and claim.register < before.value and not claim.rolled_over:
        return _lower(meter, claim.register, before)
    confirmed = claim.rolled_over or (after is not None and after.rolled_over)
    if after is not None and after.value < claim.register and not confirmed:
        return _above(meter, claim.register, after)
    return None


def _middle(
    meter: Meter, claim: Claim, before: MeterReading, after: MeterReading
) -> ImplausibleReading | None:
    gap = joins(meter, before, after, rolled_over=claim.rolled_over)
    if gap is not None:
        return gap
    if after.value < before.value:
        fits = claim.register >= before.value or claim.register <= after.value
    else:
        fits = before.value <= claim.register <= after.value
    return None if fits else _between(meter, claim.register, before, after)


def _pointless(claim: Claim, near: Around) -> ImplausibleReading | None:
    """A tick that nothing calls for is a slip, and would count a whole turn of the register."""
    falls_to = near.before is not None and claim.register < near.before.value
    falls_from = near.after is not None and near.after.value < claim.register
    if not claim.rolled_over or falls_to or falls_from:
        return None
    return ImplausibleReading(
        "rolled_over",
        "not_rolled_over",
        _("the register is not lower than before"),
        _("take this tick away, or check the digits"),
        tick="rolled_over",
    )


def _height(meter: Meter, claim: Claim, near: Around) -> ImplausibleReading | None:
    if claim.accept_high:
        return None
    if near.before is not None:
        begin, end = near.before.at, claim.at
        step = meter.dial.advance(near.before.value, claim.register)
    elif near.after is not None:
        begin, end = claim.at, near.after.at
        step = meter.dial.advance(claim.register, near.after.value)
    else:
        return None
    limit = likely_most(meter, begin, end)
    return _high(meter, step, limit, days_between(begin, end)) if step > limit else None


def _told(reading: MeterReading) -> tuple[str, str]:
    there = clock.local(reading.at, reading.meter.site.timezone)
    return reading.shown, f"{there:%Y-%m-%d %H:%M}"


def _lower(meter: Meter, register: Decimal, before: MeterReading) -> ImplausibleReading:
    earlier, at = _told(before)
    return ImplausibleReading(
        "register",
        "lower_than_before",
        _("%(register)s is lower than %(earlier)s, read on %(at)s")
        % {"register": meter.dial.write(register), "earlier": earlier, "at": at},
        _("correct the earlier reading, say that the register rolled over, or replace the meter"),
        MeterReading.Doubt.LOWER,
        tick="rolled_over",
    )


def _above(meter: Meter, register: Decimal, after: MeterReading) -> ImplausibleReading:
    later, at = _told(after)
    return ImplausibleReading(
        "register",
        "higher_than_after",
        _("%(register)s is higher than %(later)s, read on %(at)s")
        % {"register": meter.dial.write(register), "later": later, "at": at},
        _("correct the later reading, or say that the register rolled over"),
        MeterReading.Doubt.BETWEEN,
        tick="rolled_over",
    )


def _between(
    meter: Meter, register: Decimal, before: MeterReading, after: MeterReading
) -> ImplausibleReading:
    (first, first_at), (second, second_at) = _told(before), _told(after)
    return ImplausibleReading(
        "register",
        "not_between",
        _(
            "%(register)s does not lie between %(first)s, read on %(first_at)s, and %(second)s, "
            "read on %(second_at)s"
        )
        % {
            "register": meter.dial.write(register),
            "first": first,
            "first_at": first_at,
            "second": second,
            "second_at": second_at,
        },
        _("check the digits and the time, or correct the neighbour that is wrong"),
        MeterReading.Doubt.BETWEEN,
    )


def _high(meter: Meter, step: Decimal, limit: Decimal, days: Decimal) -> ImplausibleReading:
    return ImplausibleReading(
        "register",
        "unusually_high",
        _("that would be %(used)s %(measure)s in %(days)s days, where %(limit)s are likely at most")
        % {
            "used": f"{step * meter.multiplier:.1f}",
            "measure": meter.point.get_measure_display(),
            "days": f"{days:.0f}",
            "limit": f"{limit * meter.multiplier:.0f}",
        },
        _("check the digits; where they are right, say so and why"),
        MeterReading.Doubt.HIGH,
        tick="accept_high",
    )
