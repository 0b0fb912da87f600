"""Drive the lists of all devices: what is due is sent, also after a crash or an outage."""

from datetime import timedelta

from django.db.models import F, Q

from core import clock
from core.models import Site
from devices.models import Device
from doors.device_lists import comparing, planning, sending
from doors.models import DeviceEntry, DeviceList, DeviceProfile

State = DeviceEntry.State
#: An entry that waits for its next attempt is sent at once when its device is back.
_BACK = timedelta(seconds=30)


def resume() -> int:
    """Send what is due on every device; return how many orders."""
    _wake()
    now = clock.now()
    is_due = Q(retry_at=None) | Q(retry_at__lte=now)
    waiting = DeviceEntry.objects.filter(is_due, state__in=[State.WANTED, State.REMOVING])
    profiles = DeviceProfile.objects.filter(is_due, loaded=False, command=None)
    lists = DeviceList.objects.filter(command=None).exclude(comparing=None)
    keys = set(waiting.filter(command=None).values_list("device", flat=True).distinct().order_by())
    keys |= set(profiles.values_list("device", flat=True))
    keys |= set(lists.values_list("device", flat=True))
    return sum(sending.advance(key) for key in sorted(keys))


def refresh_all() -> int:
    """Compute what is wanted on every device; return how many rows have changed."""
    return sum(planning.refresh(device) for device in planning.listed_devices())


def compare_site(site: Site) -> int:
    """Compare the lists of a site's devices, or send them anew; return of how many."""
    devices = planning.listed_devices(site.pk)
    for device in devices:
        compare(device)
    return len(devices)


def compare(device: Device) -> None:
    """Compare the list of one device, or send it anew where it can't be read."""
    planning.refresh(device)
    comparing.begin(device)
    sending.advance(device.pk)


def _wake() -> None:
    """Let no entry wait whose device has come back just now."""
    since = clock.now() - _BACK
    back = Device.objects.filter(state=Device.State.ONLINE, state_since__gt=since)
    rows = DeviceEntry.objects.filter(device__in=back.values("pk"), command=None)
    rows = rows.filter(state__in=[State.WANTED, State.REMOVING], retry_at__gt=clock.now())
    rows.filter(changed_at__lt=F("device__state_since")).update(retry_at=None)
