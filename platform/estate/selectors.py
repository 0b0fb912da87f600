"""Read the estate: the plan of a site, its bays, gates and lanes."""

from datetime import date
from typing import Any

from django.db.models import Max, OuterRef, Prefetch, Q, QuerySet, Subquery

from core.models import Site
from devices.models import Device
from estate.models import (
    Bay,
    Building,
    Door,
    DoorDevice,
    DoorGroup,
    Gate,
    Lane,
    Lot,
    PlanRevision,
    Unit,
    UnitState,
)
from gis import geojson


def site_plan(site: Site) -> dict[str, Any]:
    """Return the site as a GeoJSON FeatureCollection, WGS-84.

    The property ``kind`` of a feature is ``lot``, ``road``, ``area``, ``building``, ``bay`` (with
    ``status`` and ``lot``) or ``gate`` (with its ``lanes``). A place without an outline has no
    geometry.
    """
    buildings = Building.objects.in_use().filter(site=site)
    features = [
        *(_shape("lot", lot, lot.name) for lot in Lot.objects.in_use().filter(site=site)),
        *drawn_only(site),
        *(_shape("building", each, each.name) for each in buildings),
        *(_shape("bay", bay, bay.code, status=bay.status, lot=bay.lot_id) for bay in bays_of(site)),
        *(_gate(gate) for gate in gates_of(site)),
    ]
    return geojson.collection(features)


def plan_in_force(site: Site) -> PlanRevision | None:
    """Return the revision of the site's plan that was published last."""
    published = PlanRevision.objects.filter(site=site).exclude(published_at=None)
    return published.order_by("-number").first()


def plan_number(site: Site) -> int:
    """Return the number of the site's plan in force; 0 where none was published."""
    published = PlanRevision.objects.filter(site=site).exclude(published_at=None)
    return published.aggregate(number=Max("number"))["number"] or 0


def drawn_only(site: Site) -> list[dict[str, Any]]:
    """Return the roads and areas of the plan in force; they exist only there."""
    plan = plan_in_force(site)
    features = plan.features if plan else []
    return [each for each in features if each["properties"]["kind"] in ("road", "area")]


def bays_of(site: Site) -> QuerySet[Bay]:
    """Return the bays in use of the site, by lot and code."""
    bays = Bay.objects.in_use().filter(lot__site=site).select_related("lot").defer("lot__outline")
    return bays.order_by("lot__code", "code")


def gates_of(site: Site) -> QuerySet[Gate]:
    """Return the gates in use of the site with their lanes, by code."""
    lanes = Lane.objects.in_use().order_by("code")
    gates = Gate.objects.in_use().filter(site=site)
    return gates.prefetch_related(Prefetch("lanes", lanes)).order_by("code")


def lanes_at(site: Site) -> QuerySet[Lane]:
    """Return the lanes in use of the site with their gates, by gate and code."""
    lanes = (
        Lane.objects.in_use().filter(gate__site=site).select_related("gate__site", "lot", "barrier")
    )
    return lanes.defer("lot__outline").order_by("gate__code", "code")


def cameras_without_lane(site: Site) -> QuerySet[Device]:
    """Return the site's enabled cameras that serve no lane: what they read leads to no decision."""
    cameras = Device.objects.filter(site=site, kind=Device.Kind.CAMERA, enabled=True)
    return cameras.filter(lane=None).order_by("code")


def units_of(site: Site) -> QuerySet[Unit]:
    """Return the units in use of the site with their buildings, by building and code."""
    units = Unit.objects.in_use().filter(building__site=site).select_related("building")
    return units.defer("building__outline").order_by("building__code", "code")


def state_on(unit: Unit, day: date) -> UnitState | None:
    """Return the state of a unit on a day: the latest row that begins on or before it."""
    return unit.states.filter(begins_on__lte=day).order_by("-begins_on").first()


def with_state(units: QuerySet[Unit], day: date) -> QuerySet[Unit]:
    """Annotate units with ``state_then``, the code of their state on a day, or None."""
    rows = UnitState.objects.filter(unit=OuterRef("pk"), begins_on__lte=day)
    return units.annotate(state_then=Subquery(rows.order_by("-begins_on").values("state")[:1]))


def lanes_of(device: Device) -> QuerySet[Lane]:
    """Return the lanes whose camera or barrier the device is."""
    return lanes_at(device.site).filter(Q(camera=device) | Q(barrier=device))


def bay_of(device: Device) -> Bay | None:
    """Return the bay of the sensor."""
    return Bay.objects.filter(sensor=device).select_related("lot").first()


def doors_at(site: Site) -> QuerySet[Door]:
    """Return the doors in use of the site with their building, zone and devices, by code."""
    doors = Door.objects.in_use().filter(site=site).select_related("building", "zone")
    return doors.prefetch_related("devices__device").order_by("code")


def door_groups_of(site: Site) -> QuerySet[DoorGroup]:
    """Return the groups in use of the site with their doors, by code."""
    doors = Prefetch("doors", Door.objects.in_use().order_by("code"))
    groups = DoorGroup.objects.in_use().filter(site=site)
    return groups.prefetch_related(doors).order_by("code")


def door_of(device_id: int, number: int) -> DoorDevice | None:
    """Return which door a device serves by one of its own, with its site and zone."""
    served = DoorDevice.objects.select_related("door__site", "door__zone", "device")
    return served.filter(device=device_id, number=number).first()


def rings(outline: Any) -> list[Any]:
    """Return an outline as a list of rings; it may be stored as one ring, or with holes."""
    if not outline:
        return []
    one_ring = isinstance(outline[0][0], int | float)
    return [outline] if one_ring else outline


def _shape(kind: str, thing: Any, label: str, **more: Any) -> dict[str, Any]:
    geometry = geojson.polygon(rings(thing.outline)) if thing.outline else None
    return geojson.feature(
        geometry, f"{kind}-{thing.pk}", kind=kind, pk=thing.pk, label=label, **more
    )


def _gate(gate: Gate) -> dict[str, Any]:
    geometry = None
    if gate.longitude is not None and gate.latitude is not None:
        geometry = geojson.point(gate.longitude, gate.latitude)
    lanes = [
        {"pk": lane.pk, "label": lane.name, "direction": lane.direction}
        for lane in gate.lanes.all()
    ]
    return geojson.feature(
        geometry, f"gate-{gate.pk}", kind="gate", pk=gate.pk, label=gate.name, lanes=lanes
    )
