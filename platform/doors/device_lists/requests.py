"""What people ask of devices' lists: to compare one now, to try an entry again."""

from django.db import transaction

from core import audit
from core.models import User
from devices.models import Device
from doors.device_lists import driving, outcomes
from doors.models import DeviceEntry


@transaction.atomic
def compare_now(device: Device, actor: User) -> None:
    """Compare a device's list at once, or send it anew where it can't be read."""
    subject = ("device", device.pk)
    audit.record(device.site, actor, "compare device list", subject, code=device.code)
    driving.compare(device)


@transaction.atomic
def try_again(entry: DeviceEntry, actor: User) -> None:
    """Send an entry at once, also if it has failed."""
    device = entry.device
    detail = {"code": device.code, "person": entry.person_id}
    audit.record(device.site, actor, "send device entry again", ("device", device.pk), **detail)
    outcomes.send_again(entry)
