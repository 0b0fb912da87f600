"""Read devices' lists: counts by state, entries, and where a person is loaded."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, QuerySet

from core.models import Site
from devices.models import Device
from doors.device_lists.planning import listed_devices
from doors.device_lists.wanted import is_kept
from doors.models import DeviceEntry, DeviceList
from estate.models import Door, DoorDevice
from people.models import Person

State = DeviceEntry.State


@dataclass(slots=True)
class ListSummary:
    """A device's list at a glance.

    Attributes:
        status: what is known of the list as a whole; None before the first look.
        counts: entries by state.
        doors: what the device decides about.
    """

    device: Device
    status: DeviceList | None
    counts: dict[str, int] = field(default_factory=dict)
    doors: list[Door] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many entries there are, but those that are gone."""
        return sum(number for state, number in self.counts.items() if state != State.GONE)

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
    return _summarized(sorted(listed_devices(site.pk), key=lambda each: each.code))


def summary(device: Device) -> ListSummary | None:
    """Return the list of one device; None where its driver keeps none."""
    return _summarized([device])[0] if is_kept(device) else None


def _summarized(devices: list[Device]) -> list[ListSummary]:
    known = {row.device_id: row for row in DeviceList.objects.filter(device__in=devices)}
    found = {each.pk: ListSummary(each, known.get(each.pk)) for each in devices}
    rows = DeviceEntry.objects.filter(device__in=devices).order_by()
    for device_id, state, number in rows.values_list("device", "state").annotate(n=Count("pk")):
        found[device_id].counts[state] = number
    served = DoorDevice.objects.filter(device__in=devices, door__ended_at=None)
    served = served.filter(door__decides=Door.Decides.DEVICE).select_related("door")
    for each in served.order_by("device", "number"):
        found[each.device_id].doors.append(each.door)
    return list(found.values())


def entries(device: Device) -> QuerySet[DeviceEntry]:
    """Return the entries of a device with their people, also those that are gone."""
    return DeviceEntry.objects.filter(device=device).select_related("person")


def entries_of(person_id: int) -> QuerySet[DeviceEntry]:
    """Return where a person is loaded, is to be, or was, by the device's code."""
    rows = DeviceEntry.objects.filter(person=person_id).select_related("device")
    return rows.order_by("device__code", "key")


def differences(found: DeviceList | None) -> list[dict[str, Any]]:
    """Return what the last comparison of a list has found, with the people as far as known."""
    told = found.differences if found else []
    people = Person.objects.in_bulk({each["person"] for each in told if each["person"]})
    return [{**each, "holder": people.get(each["person"])} for each in told]
