"""Report senders that exceed their budget, and disable those that do not stop."""

import logging
import time

from django.conf import settings
from django.db import transaction

from core import clock
from core.events import publish
from core.jobs import enqueue
from devices import alarms, events
from devices.admission import CALM_S, Admission, Flood
from devices.models import Device
from devices.senders import SenderKey, device_of

logger = logging.getLogger(__name__)

DISABLE = "devices.jobs.disable_flooding_device"
# Each takes some milliseconds of the process that opens the barriers.
MAX_AT_ONCE = 2
ALARM = "flood"  # its name in `devices.labels.OUR_ALARM_LABELS`; no driver reports it


def report(admission: Admission, now: float | None = None) -> None:
    """Raise an incident for each new flood, clear those that are over, and disable the others.

    A device that has exceeded its budget for GATEHOUSE_FLOOD_DISABLE_S seconds is disabled by a
    job, so that the broker's answer does not delay this process. Of many floods at once, a few are
    reported at each call.
    """
    now = time.monotonic() if now is None else now
    reported = 0
    for sender in list(admission.floods):
        reported += _report_one(admission, sender, now)
        if reported == MAX_AT_ONCE:
            return


def _report_one(admission: Admission, sender: SenderKey, now: float) -> bool:
    """Report what has changed of one flood; return whether anything has."""
    flood = admission.floods[sender]
    if now - flood.last > CALM_S:
        del admission.floods[sender]
        logger.info("%s is within its budget again; %d messages dropped", sender, flood.dropped)
        if flood.reported:
            _set_alarm(device_of(sender), active=False)
        return flood.reported
    if not flood.reported:
        _report_start(sender, flood)
        return True
    if not flood.disabling and now - flood.since >= settings.FLOOD_DISABLE_S:
        _disable(sender, flood)
        return True
    return False


def _report_start(sender: SenderKey, flood: Flood) -> None:
    flood.reported = True
    device = device_of(sender)
    logger.warning("%s exceeds its budget (device %s); its messages are dropped", sender, device)
    _set_alarm(device, active=True)


def _disable(sender: SenderKey, flood: Flood) -> None:
    flood.disabling = True
    device = device_of(sender)
    if device is not None and device.enabled:
        enqueue(DISABLE, device.pk, flood.dropped, key=f"flood {device.pk}")


@transaction.atomic
def _set_alarm(device: Device | None, *, active: bool) -> None:
    """Store and publish the alarm if its state changes."""
    if device is None:
        return
    now = clock.now()
    event = events.AlarmsReported(
        device_id=device.pk,
        site_id=device.site_id,
        key=f"flood {now.timestamp()}",
        at=now,
        received_at=now,
        alarms={ALARM: active},
        from_device=False,
    )
    if alarms.record_alarms(event):
        publish(event)
