"""Which devices and lanes a rule watches."""

from collections.abc import Collection
from dataclasses import dataclass

from devices.models import Device
from estate import locations
from estate.models import Lane
from incidents.alarms.observables import DEVICE
from incidents.models import AlarmRule


@dataclass(frozen=True, slots=True)
class Scope:
    """The devices and lanes of one rule.

    Attributes:
        kind: of the devices; empty for any.
        devices: None for all of that kind.
        lanes: None for all.
        are_named: whether a person has entered the devices one by one.
    """

    site_id: int
    kind: str
    devices: frozenset[int] | None
    lanes: frozenset[int] | None
    are_named: bool = False

    def covers_device(self, pk: int, kind: str) -> bool:
        """Whether a device of the site is watched."""
        return (not self.kind or self.kind == kind) and (self.devices is None or pk in self.devices)

    def covers_lane(self, pk: int) -> bool:
        """Whether a lane of the site is watched."""
        return self.lanes is None or pk in self.lanes

    def sources(self, source: str) -> list[int]:
        """Return the primary keys of what is watched now, of the enabled devices or the lanes."""
        if source == DEVICE:
            devices = Device.objects.filter(site=self.site_id, enabled=True).order_by("pk")
            rows = devices.values_list("pk", "kind")
            return [pk for pk, kind in rows if self.covers_device(pk, kind)]
        lanes = Lane.objects.in_use().filter(gate__site=self.site_id).order_by("pk")
        return [pk for pk in lanes.values_list("pk", flat=True) if self.covers_lane(pk)]


def scope_of(rule: AlarmRule) -> Scope:
    """Return what a rule watches."""
    chosen: Collection[int] | None = [device.pk for device in rule.devices.all()] or None
    are_named = chosen is not None
    lanes = None
    if rule.lot_id is not None:
        lanes = frozenset(Lane.objects.filter(lot=rule.lot_id).values_list("pk", flat=True))
    elif rule.building_id is not None or rule.unit_id is not None:
        lanes = frozenset()  # no lane is in a building
    within = _devices_within(rule)
    if within is not None:
        chosen = within if chosen is None else within & set(chosen)
    devices = None if chosen is None else frozenset(chosen)
    return Scope(rule.site_id, rule.device_kind, devices, lanes, are_named)


def _devices_within(rule: AlarmRule) -> frozenset[int] | None:
    """Return the devices at the rule's place; None where it has none."""
    if rule.unit_id is not None:
        return locations.devices_in_unit(rule.unit_id)
    if rule.building_id is not None:
        return locations.devices_in_building(rule.building_id)
    return None if rule.lot_id is None else locations.devices_in_lot(rule.lot_id)
