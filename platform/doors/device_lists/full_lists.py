"""Lists that are full: who is kept, who has to wait, and the incident."""

from django.db import transaction
from django.db.models import F

from core import clock, jobs
from devices.models import Device
from doors.incident_kinds import LIST_FULL
from doors.models import DeviceEntry, DeviceList
from incidents import services
from incidents.severities import Severity

State = DeviceEntry.State
REASON = "list_full"


def refuse(row: DeviceEntry) -> None:
    """Record that a device has no room for an entry, nor for those that come after it.

    Entries are sent in the order in which people used the device last, so those who did are on it.
    """
    row.state, row.reason = State.FAILED, REASON
    waiting = DeviceEntry.objects.filter(device=row.device_id, state=State.WANTED, loaded={})
    waiting.filter(command=None).exclude(pk=row.pk).update(state=State.FAILED, reason=REASON)
    lists = DeviceList.objects.filter(device=row.device_id, full_since=None)
    if lists.update(full_since=clock.now()):
        device_id = row.device_id
        transaction.on_commit(lambda: jobs.enqueue(raise_incident, device_id))


def make_room(device_id: int) -> None:
    """Let the next entry have the place of one that was deleted."""
    lists = DeviceList.objects.filter(device=device_id).exclude(full_since=None)
    if not lists.exists():
        return
    rows = DeviceEntry.objects.filter(device=device_id, state=State.FAILED, reason=REASON)
    latest_first = F("used_at").desc(nulls_last=True)
    first = rows.order_by(latest_first, "pk").values_list("pk", flat=True).first()
    if first is None:
        clear(device_id)
    else:
        rows.filter(pk=first).update(state=State.WANTED, reason="", attempts=0, retry_at=None)


def clear(device_id: int) -> None:
    """Note that a list is not full any more once nobody waits for a place."""
    lists = DeviceList.objects.filter(device=device_id).exclude(full_since=None)
    waiting = DeviceEntry.objects.filter(device=device_id, state=State.FAILED, reason=REASON)
    if lists.exists() and not waiting.exists():
        lists.update(full_since=None)


@jobs.job(queue=jobs.FAST)
def raise_incident(device_id: int) -> None:
    """Raise the incident of a full list; while it is open, another one is an occurrence of it."""
    device = Device.objects.get(pk=device_id)
    rows = DeviceEntry.objects.filter(device=device, reason=REASON)
    detail = {"device": device.pk, "waiting": rows.count()}
    source = f"device:{device.pk}:list_full"
    services.raise_incident(
        device.site_id, LIST_FULL, source, Severity.MODERATE, clock.now(), detail
    )
