"""Where devices and lanes are: in words, as a position, and within which place."""

from dataclasses import dataclass

from django.db.models import Q

from core.models import Site
from devices.models import Device
from estate.models import Bay, Building, DevicePlace, Gate, Lane, Lot
from estate.selectors import rings
from gis.centroids import centroid

Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Location:
    """Where something is.

    Attributes:
        label: in words, from the names of places; empty if unknown.
        position: longitude and latitude in degrees of WGS-84.
    """

    label: str = ""
    position: Position | None = None
    lot_id: int | None = None
    building_id: int | None = None


NOWHERE = Location()
# The places that people name, by the word that stands for their kind.
_PLACES: dict[str, type[Gate] | type[Building] | type[Lot]] = {
    "gate": Gate,
    "building": Building,
    "lot": Lot,
}


def location_of_device(pk: int) -> Location:
    """Return where a device is: at its lane, in its bay, or where it was placed."""
    lane = Lane.objects.filter(Q(camera=pk) | Q(barrier=pk)).order_by("pk").first()
    if lane is not None:
        return location_of_lane(lane.pk)
    bay = Bay.objects.filter(sensor=pk).select_related("lot").first()
    if bay is not None:
        position = _middle(bay.outline) or _middle(bay.lot.outline)
        return Location(f"{bay.lot.name} · {bay.code}", position, lot_id=bay.lot_id)
    related = ("unit__building", "building", "lot")
    place = DevicePlace.objects.filter(device=pk).select_related(*related).first()
    return NOWHERE if place is None else _of_place(place)


def location_of_lane(pk: int) -> Location:
    """Return where a lane is: at its gate."""
    lane = Lane.objects.filter(pk=pk).select_related("gate").first()
    if lane is None:
        return NOWHERE
    gate = lane.gate
    position = None
    if gate.longitude is not None and gate.latitude is not None:
        position = gate.longitude, gate.latitude
    return Location(f"{gate.name} · {lane.name}", position, lot_id=lane.lot_id)


def devices_in_lot(lot_id: int) -> frozenset[int]:
    """Return the devices of a car park: of its lanes and bays, and those that are placed in it."""
    lanes = Lane.objects.filter(lot=lot_id).values_list("camera", "barrier")
    sensors = Bay.objects.filter(~Q(sensor=None), lot=lot_id).values_list("sensor", flat=True)
    placed = DevicePlace.objects.filter(lot=lot_id).values_list("device", flat=True)
    found = {pk for pair in lanes for pk in pair} | set(sensors) | set(placed)
    return frozenset(pk for pk in found if pk is not None)


def devices_in_building(building_id: int) -> frozenset[int]:
    """Return the devices that are placed in a building or in one of its units."""
    inside = Q(building=building_id) | Q(unit__building=building_id)
    return frozenset(DevicePlace.objects.filter(inside).values_list("device", flat=True))


def devices_in_unit(unit_id: int) -> frozenset[int]:
    """Return the devices that are placed in a unit."""
    return frozenset(DevicePlace.objects.filter(unit=unit_id).values_list("device", flat=True))


def place_of_device(device: Device) -> DevicePlace | None:
    """Return where the device was placed, if it serves no lane and no bay."""
    related = ("unit__building", "building", "lot")
    return DevicePlace.objects.filter(device=device).select_related(*related).first()


def _of_place(place: DevicePlace) -> Location:
    position = None
    if place.longitude is not None and place.latitude is not None:
        position = place.longitude, place.latitude
    building = place.unit.building if place.unit is not None else place.building
    outlined: Building | Lot | None = building or place.lot
    if position is None and outlined is not None:
        position = _middle(outlined.outline)
    within = [building.name if building else "", place.unit.code if place.unit else ""]
    names = [*within, place.lot.name if place.lot else "", place.note]
    return Location(
        " · ".join(filter(None, names)),
        position,
        lot_id=place.lot_id,
        building_id=building.pk if building else None,
    )


def _middle(outline: object) -> Position | None:
    found = rings(outline)
    return centroid(found[0]) if found and found[0] else None


def location_of_place(site_id: int, named: str) -> Location | None:
    """Return where a place is that is in use at a site, such as ``gate:3``; None if unknown."""
    kind, _colon, number = named.partition(":")
    model = _PLACES.get(kind)
    if model is None or not number.isdecimal():
        return None
    place = model.objects.in_use().filter(site=site_id, pk=int(number[:18])).first()
    if isinstance(place, Gate):
        return Location(place.name, _position(place.longitude, place.latitude))
    if isinstance(place, Building):
        return Location(place.name, _middle(place.outline), building_id=place.pk)
    if isinstance(place, Lot):
        return Location(place.name, _middle(place.outline), lot_id=place.pk)
    return None


def places_of_site(site: Site) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the gates, buildings and car parks in use, each with its name.

    Returns:
        By kind, ``gate``, ``building`` or ``lot``: what `location_of_place` reads, and the name.
    """
    return [
        (kind, [(f"{kind}:{each.pk}", each.name) for each in rows.order_by("name", "pk")])
        for kind, model in _PLACES.items()
        if (rows := model.objects.in_use().filter(site=site)).exists()
    ]


def _position(longitude: float | None, latitude: float | None) -> Position | None:
    return None if longitude is None or latitude is None else (longitude, latitude)
