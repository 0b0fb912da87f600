"""What an incident is about, as codes that grouping, silences and inhibition compare."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from devices.models import Device
from estate.models import Lane
from incidents.models import Incident

# From the narrowest: the first that an incident has is its place.
_PLACES = ("gate", "building", "lot", "device")


def keys_of(incident: Incident, detail: Mapping[str, Any]) -> dict[str, str]:
    """Return the device, its gateway, and the places of an incident, each as a code.

    Args:
        incident: with its building and car park (`incidents.places.locate`).
        detail: of its first occurrence.
    """
    keys: dict[str, str] = {}
    device = _device(incident, detail)
    if device is not None:
        keys |= _keys_of_device(device)
    lane = _lane(incident, detail, device)
    if lane is not None:
        keys |= {"lane": f"lane:{lane.pk}", "gate": f"gate:{lane.gate_id}"}
    if incident.building_id is not None:
        keys["building"] = f"building:{incident.building_id}"
    if incident.lot_id is not None:
        keys["lot"] = f"lot:{incident.lot_id}"
    return keys


def place_key(keys: Mapping[str, str]) -> str:
    """Return the place of an incident as a code; empty where it has none."""
    return next((keys[name] for name in _PLACES if name in keys), "")


def _device(incident: Incident, detail: Mapping[str, Any]) -> Device | None:
    number = _number("device", incident, detail.get("device"))
    if number is None:
        return None
    return Device.objects.filter(site=incident.site_id, pk=number).first()


def _keys_of_device(device: Device) -> dict[str, str]:
    keys = {"device": f"device:{device.pk}"}
    named = device.options.get("gateway")
    if named:
        others = Device.objects.filter(site=device.site_id).exclude(pk=device.pk)
        gateway = others.filter(Q(code=named) | Q(serial=named)).order_by("pk").first()
        if gateway is not None:
            keys["gateway"] = f"device:{gateway.pk}"
    return keys


def _lane(incident: Incident, detail: Mapping[str, Any], device: Device | None) -> Lane | None:
    lanes = Lane.objects.in_use().filter(gate__site=incident.site_id).order_by("pk")
    number = _number("lane", incident, detail.get("lane_id"))
    if number is not None:
        return lanes.filter(pk=number).first()
    if device is None:
        return None
    return lanes.filter(Q(camera=device) | Q(barrier=device)).first()


def _number(subject: str, incident: Incident, otherwise: Any) -> int | None:
    """Return the primary key in the source, else the one in the detail."""
    prefix, _colon, rest = incident.source.partition(":")
    number = rest.partition(":")[0]
    if prefix == subject and number.isdecimal():
        return int(number)
    return otherwise if isinstance(otherwise, int) else None
