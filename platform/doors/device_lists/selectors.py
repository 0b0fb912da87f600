"""Read devices' lists: counts by state, entries, and where a person is loaded."""

from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from core.models import Site
from devices.models import Device
from doors.device_lists.planning import listed_devices
from doors.models import DeviceEntry, DeviceList

State = DeviceEntry.State


@dataclass(slots=True)
class ListSummary:
    """A device's list at a glance.

    Attributes:
        counts: entries by state.
        status: what is known of the list as a whole; None before the first look.
    """

    device: Device
    status: DeviceList | None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def on_device(self) -> int:
        """How many entries the device has confirmed."""
        return self.counts.get(State.ON_DEVICE, 0)

    @property
    def pending(self) -> int:
        """How many entries are still to be loaded or deleted."""
        return self.counts.get(State.WANTED, 0) + self.counts.get(State.REMOVING, 0)

    @property
    def failed(self) -> int:
        """How many need somebody: failed, not possible, without a photo."""
        states = (State.FAILED, State.IMPOSSIBLE, State.NEEDS_PHOTO)
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def difference_count(self) -> int:
        """How many differences the last comparison has found."""
        return len(self.status.differences) if self.status else 0


def summaries(site: Site) -> list[ListSummary]:
    """Return the lists of a site's devices, by the device's code."""
    devices = sorted(listed_devices(site.pk), key=lambda each: each.code)
    known = {row.device_id: row for row in DeviceList.objects.filter(device__in=devices)}
    found = {each.pk: ListSummary(each, known.get(each.pk)) for each in devices}
    rows = DeviceEntry.objects.filter(device__in=devices).order_by()
    for device_id, state, number in rows.values_list("device", "state").annotate(n=Count("pk")):
        found[device_id].counts[state] = number
    return list(found.values())


def entries(device: Device) -> QuerySet[DeviceEntry]:
    """Return the entries of a device with their people, but those that are gone, by name."""
    rows = DeviceEntry.objects.filter(device=device).exclude(state=State.GONE)
    return rows.select_related("person").order_by("person__name", "key")


def entries_of(person_id: int) -> QuerySet[DeviceEntry]:
    """Return where a person is loaded, is to be, or was, by the device's code."""
    rows = DeviceEntry.objects.filter(person=person_id).select_related("device")
    return rows.order_by("device__code", "key")
