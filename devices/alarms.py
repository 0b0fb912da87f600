"""Store the state of a device's alarms; only a change of state becomes an event."""

from django.db import transaction

from devices.events import Event
from devices.models import Device, DeviceAlarm


@transaction.atomic
def record_alarms(event: Event) -> dict[str, bool]:
    """Store the alarm states of the event, unless a newer message has reported them.

    Returns:
        The alarms whose state this changed, with the new state.
    """
    # The lock orders two messages of one device.
    Device.objects.select_for_update(no_key=True).get(pk=event.device_id)
    stored = {each.what: each for each in DeviceAlarm.objects.filter(device=event.device_id)}
    reported = [
        DeviceAlarm(device_id=event.device_id, what=what, active=active, at=event.at)
        for what, active in event.alarms.items()
        if what not in stored or stored[what].at <= event.at
    ]
    DeviceAlarm.objects.bulk_create(
        reported,
        update_conflicts=True,
        unique_fields=["device", "what"],
        update_fields=["active", "at"],
    )
    was_on = {what for what, each in stored.items() if each.active}
    return {each.what: each.active for each in reported if each.active != (each.what in was_on)}
