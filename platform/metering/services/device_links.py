"""The device that reads a meter, and the limit for plausible readings."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.models import User
from devices.models import Device
from metering.models import Meter, MeterPoint, MeterReading
from metering.plausibility import in_force
from metering.register import ONE
from metering.services.common import accept_waiting, lock_meter, record_change


@transaction.atomic
def set_limit(meter: Meter, actor: User, most_per_day: Decimal | None) -> MeterPoint:
    """Set the largest plausible use per day at the meter's point, in its unit of measure.

    Within the limit, a device's rollover is accepted without a confirmation. None derives the limit
    from the meter's history; each rollover then needs a confirmation.

    Raises:
        Rejection: the limit is not above zero.
    """
    meter = lock_meter(meter)
    check_limit(most_per_day)
    point = meter.point
    if point.most_per_day != most_per_day:
        before, point.most_per_day = point.most_per_day, most_per_day
        point.save(update_fields=["most_per_day"])
        accept_waiting(meter)
        record_change(
            meter, actor, "set limit of meter", before=str(before), after=str(most_per_day)
        )
    return point


@transaction.atomic
def connect_device(
    meter: Meter,
    actor: User,
    device: Device | None,
    metric: str = "",
    weight: Decimal = ONE,
    base: Decimal = Decimal(0),
) -> Meter:
    """Connect the device that reads the meter; None has it read by hand only.

    Readings under review were calculated with the old connection. They are rejected, and their days
    are recorded again where they lie after the newest reading in force.

    Args:
        metric: the device's metric.
        weight: register units per unit of the metric, such as the weight of a pulse.
        base: the register's value where the metric was zero.

    Raises:
        Rejection: the meter was removed, the device belongs to another site or reads another meter
            by this metric, or the metric or the weight are invalid.
    """
    meter = lock_meter(meter)
    check_in_use(meter)
    if device is None:
        meter.device, meter.metric, meter.connected_at = None, "", None
        meter.save(update_fields=["device", "metric", "connected_at"])
    else:
        link_device(meter, device, metric.strip(), weight, base, _connected_since(meter))
    reject_waiting(meter, actor, _("the device was linked again"))
    record_change(
        meter,
        actor,
        "connect meter",
        device=device.code if device else None,
        metric=meter.metric,
        weight=str(weight),
        base=str(base),
    )
    return meter


def link_device(
    meter: Meter, device: Device, metric: str, weight: Decimal, base: Decimal, since: datetime
) -> None:
    """Connect the device to the meter from that instant on.

    Raises:
        Rejection: as `connect_device`.
    """
    _check_connection(meter, device, metric, weight)
    meter.device, meter.metric, meter.weight, meter.base = device, metric, weight, base
    meter.connected_at = since
    try:
        with transaction.atomic():
            meter.save(update_fields=["device", "metric", "weight", "base", "connected_at"])
    except IntegrityError as error:
        raise Rejection(
            "metric",
            "already_used",
            _("this metric of the device already reads another meter"),
            _("choose another metric, or unlink that meter first"),
        ) from error


def reject_waiting(meter: Meter, actor: User, reason: str, since: datetime | None = None) -> None:
    """Reject readings under review, so that their days can be recorded again."""
    waiting = MeterReading.objects.filter(meter=meter, state=MeterReading.State.REVIEW)
    if since is not None:
        waiting = waiting.filter(at__gte=since)
    waiting.update(
        state=MeterReading.State.REJECTED,
        day=None,
        closed_by=actor,
        closed_at=clock.now(),
        reason=reason,
    )


def check_limit(most_per_day: Decimal | None) -> None:
    """Check that the limit, if there is one, is above zero.

    Raises:
        Rejection: it is not.
    """
    if most_per_day is not None and most_per_day <= 0:
        raise Rejection(
            "most_per_day",
            "not_positive",
            _("must be more than zero"),
            _("leave it empty to use the history"),
        )


def check_in_use(meter: Meter) -> None:
    """Check that the meter has not been removed.

    Raises:
        Rejection: it has.
    """
    if meter.removed_at is not None:
        raise Rejection(
            "at",
            "already_removed",
            _("this meter is already removed"),
            _("reload the meter's page"),
        )


def _check_connection(meter: Meter, device: Device, metric: str, weight: Decimal) -> None:
    if device.site_id != meter.site_id:
        raise Rejection(
            "device",
            "other_site",
            _("it belongs to another site"),
            _("choose a device of this site"),
        )
    if not metric:
        raise Rejection(
            "metric",
            "missing",
            _("a metric is required"),
            _("enter the name under which the device reports its register"),
        )
    if weight <= 0:
        raise Rejection(
            "weight", "not_positive", _("must be more than zero"), _("enter 1 if there is none")
        )


def _connected_since(meter: Meter) -> datetime:
    """Return the time of the newest reading in force; later days are to be recorded again."""
    last = in_force(meter).last()
    return last.at if last else meter.installed_at
