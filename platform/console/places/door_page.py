"""What the pages of doors, zones and groups of doors show besides their values."""

from typing import Any

from django.db.models import Q, QuerySet

from core import clock
from doors import admission
from doors.board import people_inside
from doors.models import OpenHours, Right
from doors.permissions import DoorPermission
from estate.door_abilities import not_possible
from estate.models import Door, DoorGroup, Zone
from incidents.models import Incident
from incidents.permissions import IncidentPermission
from incidents.selectors import incidents_at
from ui.pages import SiteRequest

_SHOWN = 8


def context_of(request: SiteRequest, place: Door | Zone | DoorGroup) -> dict[str, Any]:
    """Return what the page of a door, a zone or a group shows."""
    if isinstance(place, Door):
        return _of_door(request, place)
    rows = Door.objects.select_related("building", "zone").defer("building__outline")
    if isinstance(place, Zone):
        doors = rows.filter(zone=place).order_by("-ended_at", "name")
        return {"doors": doors, "present": people_inside(place.site).get(place.pk, 0)}
    return {
        "doors": rows.filter(groups=place).order_by("name"),
        "rights": _rights(request, Right.objects.filter(group=place)),
        "state": getattr(place, "state", None),
        "place_key": str(place.pk),
    }


def _of_door(request: SiteRequest, door: Door) -> dict[str, Any]:
    served = list(door.devices.select_related("device").order_by("device__code", "number"))
    devices = list({each.device_id: each.device for each in served}.values())
    hours = OpenHours.objects.select_related("profile").filter(door=door).first()
    return {
        "served": served,
        "not_possible": not_possible(door, devices) if door.decides_itself else [],
        "groups": door.groups.in_use().order_by("name"),
        "open_hours": hours.profile if hours else None,
        "rights": _rights(request, admission.rights_at(door)),
        "incidents": _incidents(request, [device.pk for device in devices]),
    }


def _rights(request: SiteRequest, rows: QuerySet[Right]) -> list[Right] | None:
    """Return the first rights that have not ended; None for who may not see them."""
    if DoorPermission.MANAGE_RIGHTS not in request.site_permissions:
        return None
    lasting = Q(ends_at=None) | Q(ends_at__gt=clock.now())
    return list(admission.with_holders(rows.filter(lasting)).order_by("who", "pk")[: _SHOWN * 3])


def _incidents(request: SiteRequest, devices: list[int]) -> list[Incident]:
    """Return the latest incidents of the devices, for who may see them."""
    if IncidentPermission.VIEW_INCIDENTS not in request.site_permissions or not devices:
        return []
    own = Q()
    for pk in devices:
        own |= Q(source=f"device:{pk}") | Q(source__startswith=f"device:{pk}:")
    return list(incidents_at(request.site).filter(own)[:_SHOWN])
