"""Which devices and lanes a rule watches."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from devices.models import Device
from estate.models import Bay, Lane
from incidents.alarms.observables import DEVICE
from incidents.models import AlarmRule


@dataclass(frozen=True, slots=True)
class Scope:
    """The devices and lanes of one rule.

    Attributes:
        kind: of the devices; empty for any.
        devices: None for all of that kind.
        lanes: None for all.
    """

    site_id: int
    kind: str
    devices: frozenset[int] | None
    lanes: frozenset[int] | None

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
    lanes = None
    if rule.lot_id is not None:
        lanes = frozenset(Lane.objects.filter(lot=rule.lot_id).values_list("pk", flat=True))
        at_lot = _devices_at(rule.lot_id)
        chosen = at_lot if chosen is None else at_lot & set(chosen)
    devices = None if chosen is None else frozenset(chosen)
    return Scope(rule.site_id, rule.device_kind, devices, lanes)


def _devices_at(lot_id: int) -> frozenset[int]:
    """Return the cameras and barriers of a car park's lanes, and the sensors of its bays."""
    lanes = Lane.objects.filter(lot=lot_id).values_list("camera", "barrier")
    sensors = Bay.objects.filter(~Q(sensor=None), lot=lot_id).values_list("sensor", flat=True)
    found = {pk for pair in lanes for pk in pair} | set(sensors)
    return frozenset(pk for pk in found if pk is not None)
