"""The device that reads a meter, and the limit by which its readings are believed."""

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
from metering.services.common import locked, log, settle


@transaction.atomic
def set_limit(meter: Meter, actor: User, most_per_day: Decimal | None) -> MeterPoint:
    """Set the most that can be used at the meter's point in a day, in its unit of measure.

    It also lets a device's register roll over by itself, within the limit. None goes by the
    meter's history, and then a person has to say that it rolled over.

    Raises:
        Rejection: it is not above zero.
    """
    meter = locked(meter)
    check_limit(most_per_day)
    point = meter.point
    if point.most_per_day != most_per_day:
        before, point.most_per_day = point.most_per_day, most_per_day
        point.save(update_fields=["most_per_day"])
        settle(meter)
        log(
            meter.site,
            actor,
            "set limit of meter",
            ("meter", meter.pk),
            before=str(before),
            after=str(most_per_day),
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
    """Have a device read the meter from now on; None has it read by hand only.

    The register is ``base`` plus what the device reports under ``metric`` times ``weight``: of a
    pulse counter the weight of a pulse, and what the register showed when the count was zero.
    What waits for a review was reckoned by the old connection: it is rejected, and its days are
    taken again where they lie after the present reading.

    Raises:
        Rejection: the meter was removed, the device is another site's, reads another meter by this
            metric, or the metric or the weight are wrong.
    """
    meter = locked(meter)
    check_in_use(meter)
    if device is None:
        meter.device, meter.metric, meter.connected_at = None, "", None
        meter.save(update_fields=["device", "metric", "connected_at"])
    else:
        connect(meter, device, metric.strip(), weight, base, _connected_since(meter))
    reject_waiting(meter, actor, _("the device was connected anew"))
    log(
        meter.site,
        actor,
        "connect meter",
        ("meter", meter.pk),
        device=device.code if device else None,
        metric=meter.metric,
        weight=str(weight),
        base=str(base),
    )
    return meter


def connect(
    meter: Meter, device: Device, metric: str, weight: Decimal, base: Decimal, since: datetime
) -> None:
    """Have the device read the meter from that instant on.

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
            _("another meter is read by this device's metric"),
            _("choose another metric, or disconnect that meter first"),
        ) from error


def reject_waiting(meter: Meter, actor: User, reason: str, since: datetime | None = None) -> None:
    """Reject what waits for a review; its days may be taken again."""
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
    """Pass silently where the limit is above zero, or there is none.

    Raises:
        Rejection: it is not.
    """
    if most_per_day is not None and most_per_day <= 0:
        raise Rejection(
            "most_per_day",
            "not_positive",
            _("this must be above zero"),
            _("leave it empty to go by the history"),
        )


def check_in_use(meter: Meter) -> None:
    """Pass silently where the meter was not removed.

    Raises:
        Rejection: it was.
    """
    if meter.removed_at is not None:
        raise Rejection(
            "at",
            "already_removed",
            _("this meter was removed already"),
            _("look at the meter's page again"),
        )


def _check_connection(meter: Meter, device: Device, metric: str, weight: Decimal) -> None:
    if device.site_id != meter.site_id:
        raise Rejection(
            "device",
            "other_site",
            _("it stands at another site"),
            _("choose a device of this site"),
        )
    if not metric:
        raise Rejection(
            "metric",
            "missing",
            _("the metric is missing"),
            _("write the name under which the device reports its register"),
        )
    if weight <= 0:
        raise Rejection(
            "weight", "not_positive", _("this must be above zero"), _("write 1 where there is none")
        )


def _connected_since(meter: Meter) -> datetime:
    """Return the time of the present reading: what came later was not taken well, or not at all."""
    last = in_force(meter).last()
    return last.at if last else meter.installed_at
