"""Which of a device's alarms are on: what it says of them is news only where it changes one."""

from django.db import transaction

from devices.events import Event
from devices.models import Device, DeviceAlarm


@transaction.atomic
def take(event: Event) -> dict[str, bool]:
    """Keep what the device says of its alarms, each as of the newest message that names it.

    Returns:
        The alarms that came on or went off by it.
    """
    # Two messages of one device are taken one after the other.
    Device.objects.select_for_update(no_key=True).get(pk=event.device_id)
    known = {each.what: each for each in DeviceAlarm.objects.filter(device=event.device_id)}
    told = [
        DeviceAlarm(device_id=event.device_id, what=what, active=active, at=event.at)
        for what, active in event.alarms.items()
        if what not in known or known[what].at <= event.at
    ]
    DeviceAlarm.objects.bulk_create(
        told,
        update_conflicts=True,
        unique_fields=["device", "what"],
        update_fields=["active", "at"],
    )
    was_on = {what for what, each in known.items() if each.active}
    return {each.what: each.active for each in told if each.active != (each.what in was_on)}
