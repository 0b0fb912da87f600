"""Shared by the services: locks, validation, creation and acceptance of readings."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from core.models import User
from metering import topics
from metering.models import Meter, MeterPoint, MeterReading
from metering.plausibility import (
    Neighbours,
    ProposedReading,
    find_problem,
    in_force,
    neighbours_of,
    out_of_range,
)

# Tolerance for the clock of the person who enters a reading.
MAX_CLOCK_LEAD = timedelta(minutes=5)
# The folder for photos of meters, below MEDIA_ROOT.
PHOTOS = "meters"


def lock_point(pk: int) -> MeterPoint:
    """Lock a point, and with it its meters and readings, until the end of the transaction."""
    return MeterPoint.objects.select_for_update().get(pk=pk)


def lock_meter(meter: Meter) -> Meter:
    """Lock the meter's point, and return the meter's current state."""
    lock_point(meter.point_id)
    return Meter.objects.select_related("site", "point", "device").get(pk=meter.pk)


def lock_reading(reading: MeterReading) -> MeterReading:
    """Lock the reading's point, and return the reading's current state."""
    meter = lock_meter(reading.meter)
    fresh = MeterReading.objects.get(pk=reading.pk)
    fresh.meter = meter
    return fresh


def record_change(meter: Meter, actor: User, action: str, **detail: Any) -> None:
    """Record a change of the meter in the audit log, and notify open pages."""
    audit.record(meter.site, actor, action, ("meter", meter.pk), **detail)
    live.announce(topics.METER, meter.site_id)


def check_register(meter: Meter, register: Decimal, field: str = "register") -> None:
    """Check that the register can show the value.

    Raises:
        ImplausibleReading: it is out of range or has too many decimals.
    """
    if not meter.dial.can_show(register):
        raise out_of_range(meter, field)


def check_time(meter: Meter, at: datetime) -> None:
    """Check that the meter was installed at that instant and has no other reading there.

    Raises:
        Rejection: the instant is in the future, outside the meter's installation, or already has a
            reading.
    """
    check_not_ahead(at)
    if at < meter.installed_at or (meter.removed_at is not None and at > meter.removed_at):
        raise Rejection(
            "at",
            "not_installed",
            _("the meter was not installed at that time"),
            _("choose a time between its installation and its removal"),
        )
    if in_force(meter).filter(at=at).exists():
        raise Rejection(
            "at",
            "already_exists",
            _("there is already a reading at that time"),
            _("correct that reading instead"),
        )


def check_not_ahead(at: datetime) -> None:
    """Check that the instant is not in the future.

    Raises:
        Rejection: it is.
    """
    if at > clock.now() + MAX_CLOCK_LEAD:
        raise Rejection(
            "at",
            "in_the_future",
            _("that time is in the future"),
            _("choose the time of the reading"),
        )


def check_plausible(meter: Meter, proposed: ProposedReading, near: Neighbours) -> None:
    """Validate a manual reading against its neighbours.

    Raises:
        ImplausibleReading: they contradict it; ``override`` names the confirmation it needs.
    """
    problem = find_problem(meter, proposed, near)
    if problem is not None:
        raise problem


def create_reading(
    meter: Meter, actor: User, proposed: ProposedReading, **fields: Any
) -> MeterReading:
    """Create a person's reading; its source is HAND unless the fields name another."""
    return MeterReading.objects.create(
        meter=meter,
        at=proposed.at,
        entered_at=clock.now(),
        register=proposed.register,
        rolled_over=proposed.rolled_over,
        by=actor,
        **{"source": MeterReading.Source.HAND, **fields},
    )


def assess(meter: Meter, reading: MeterReading) -> bool:
    """Decide whether a device's reading needs no review, and set its problem and rollover.

    A decrease is taken for a rollover without a confirmation only where a limit has been set for
    the point and the consumption is within it.
    """
    if reading.register is None:
        reading.problem = MeterReading.Problem.OUTSIDE
        return False
    near = neighbours_of(meter, reading.at)
    problem = find_problem(meter, ProposedReading(reading.register, reading.at), near)
    if problem is not None and problem.override == "rolled_over" and _is_limited(meter, near):
        rolled = ProposedReading(reading.register, reading.at, rolled_over=True)
        reading.rolled_over = find_problem(meter, rolled, near) is None
        problem = None if reading.rolled_over else problem
    reading.problem = problem.problem if problem else MeterReading.Problem.NONE
    return problem is None


def accept_waiting(meter: Meter) -> int:
    """Accept readings under review that have become plausible; return how many.

    To be called when the readings that they are compared with have changed.
    """
    waiting = MeterReading.objects.filter(meter=meter, state=MeterReading.State.REVIEW)
    return sum(_accept_if_plausible(meter, reading) for reading in waiting.order_by("at"))


def _accept_if_plausible(meter: Meter, reading: MeterReading) -> bool:
    if in_force(meter).filter(at=reading.at).exists():
        return False
    plausible = assess(meter, reading)
    if plausible:
        reading.state = MeterReading.State.IN_FORCE
    reading.save(update_fields=["state", "problem", "rolled_over"])
    return plausible


def _is_limited(meter: Meter, near: Neighbours) -> bool:
    return near.after is None and meter.point.most_per_day is not None
