"""The addresses of places."""

from collections.abc import Iterator

from django.urls import URLPattern, path

from console.places.kinds import KINDS
from console.places.views import changes, detail, doors, lists, numbering, units

_OF_ONE = {
    "change": changes.change,
    "end": changes.end,
    "restore": changes.restore,
    "remove": changes.remove,
}


def _of_each_kind() -> Iterator[URLPattern]:
    """Yield the page of a place and its dialogs: ``place_lot``, ``change_lot``, ``end_lot``, …"""
    for kind in KINDS:
        own = f"{kind.plural}/<int:pk>/"
        yield path(own, detail.page, {"kind": kind}, name=f"place_{kind.name}")
        for verb, view in _OF_ONE.items():
            yield path(f"{own}{verb}/", view, {"kind": kind}, name=f"{verb}_{kind.name}")


urlpatterns = [
    path("buildings/", lists.buildings, name="buildings"),
    path("buildings/add/", changes.add_building, name="add_building"),
    path("buildings/number/", numbering.generate_units, name="generate_units"),
    path("buildings/number/preview/", numbering.plan_units, name="plan_units"),
    path("buildings/<int:pk>/add/", changes.add_unit, name="add_unit"),
    path("units/", lists.units, name="unit_list"),
    path("units/<int:pk>/state/", units.set_state, name="set_unit_state"),
    path("units/states/<int:pk>/remove/", units.remove_state, name="remove_unit_state"),
    path("units/<int:pk>/area/", units.correct_area, name="correct_area"),
    path("units/<int:pk>/split/", units.split, name="split_unit"),
    path("units/<int:pk>/merge/", units.merge, name="merge_units"),
    path("lots/", lists.lots, name="lots"),
    path("lots/add/", changes.add_lot, name="add_lot"),
    path("lots/<int:pk>/add/", changes.add_bay, name="add_bay"),
    path("lots/<int:pk>/number/", numbering.generate_bays, name="generate_bays"),
    path("lots/<int:pk>/number/preview/", numbering.plan_bays, name="plan_bays"),
    path("bays/", lists.bays, name="bay_list"),
    path("bays/bulk/<slug:action>/", lists.bulk_bays, name="bulk_bays"),
    path("bays/<int:pk>/restrict/", changes.restrict, name="restrict_bay"),
    path("bays/<int:pk>/free/", changes.free, name="free_bay"),
    path("gates/", lists.gates, name="gates"),
    path("lanes/", lists.lanes, name="lane_list"),
    path("gates/add/", changes.add_gate, name="add_gate"),
    path("gates/<int:pk>/add/", changes.add_lane, name="add_lane"),
    path("doors/", lists.doors, name="door_list"),
    path("doors/add/", doors.add_door, name="add_door"),
    path("doors/entrances/", doors.generate_entrances, name="generate_entrances"),
    path("doors/<int:pk>/connect/", doors.connect, name="connect_door_device"),
    path("doors/<int:pk>/open-hours/", doors.open_hours, name="set_open_hours"),
    path("doors/devices/<int:pk>/disconnect/", doors.disconnect, name="disconnect_door_device"),
    path("zones/", lists.zones, name="zone_list"),
    path("zones/add/", doors.add_zone, name="add_zone"),
    path("door-groups/", lists.door_groups, name="door_group_list"),
    path("door-groups/add/", doors.add_group, name="add_door_group"),
    path("door-groups/<int:pk>/doors/", doors.choose_doors, name="choose_doors"),
    *_of_each_kind(),
]
