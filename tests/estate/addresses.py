"""The addresses of places and of the site's plan."""

from doors.permissions import DoorPermission
from estate.permissions import EstatePermission
from tests.rooms import Address

_MANAGE = EstatePermission.MANAGE_PLACES
# A row of each kind in a populated site.
_ROWS = {
    "building": "unit.building",
    "unit": "unit",
    "lot": "gate.lot",
    "bay": "bay",
    "gate": "gate.entry.gate",
    "lane": "gate.entry",
    "door": "door",
    "zone": "zone",
    "door_group": "door_group",
}

CONSOLE = {
    "calendar": Address(_MANAGE),
    "add_calendar_days": Address(_MANAGE),
    "bulk_calendar": Address(_MANAGE, words=("remove",)),
    "setup": Address(_MANAGE),
    "site_settings": Address(_MANAGE),
    "change_site": Address(_MANAGE),
    "change_organisation": Address(_MANAGE),
    "restore_site_settings": Address(_MANAGE, "settings_change"),
    "demo_progress": Address(_MANAGE, answers=(404,)),
    "test_car": Address(_MANAGE, "gate.entry"),
    "buildings": Address(_MANAGE),
    "lots": Address(_MANAGE),
    "gates": Address(_MANAGE),
    "unit_list": Address(_MANAGE),
    "bay_list": Address(_MANAGE),
    "bulk_bays": Address(_MANAGE, words=("restrict",)),
    "lane_list": Address(_MANAGE),
    "add_building": Address(_MANAGE),
    "add_lot": Address(_MANAGE),
    "add_gate": Address(_MANAGE),
    "add_unit": Address(_MANAGE, "unit.building"),
    "add_bay": Address(_MANAGE, "gate.lot"),
    "add_lane": Address(_MANAGE, "gate.entry.gate"),
    "generate_units": Address(_MANAGE),
    "plan_units": Address(_MANAGE, query="buildings=6&first_building=1&floors=18&units=4"),
    "set_unit_state": Address(_MANAGE, "unit"),
    "remove_unit_state": Address(_MANAGE, "unit_state"),
    "correct_area": Address(_MANAGE, "unit"),
    "split_unit": Address(_MANAGE, "unit"),
    "merge_units": Address(_MANAGE, "unit"),
    "generate_bays": Address(_MANAGE, "gate.lot"),
    "plan_bays": Address(_MANAGE, "gate.lot", query="letters=A-&first=1&count=60&digits=3"),
    "restrict_bay": Address(_MANAGE, "bay"),
    "free_bay": Address(_MANAGE, "bay"),
    **{f"place_{kind}": Address(_MANAGE, row) for kind, row in _ROWS.items()},
    **{
        f"{verb}_{kind}": Address(_MANAGE, row)
        for kind, row in _ROWS.items()
        for verb in ("change", "end", "restore", "remove")
    },
    "door_list": Address(_MANAGE),
    "zone_list": Address(_MANAGE),
    "door_group_list": Address(_MANAGE),
    "add_door": Address(_MANAGE),
    "add_zone": Address(_MANAGE),
    "add_door_group": Address(_MANAGE),
    "generate_entrances": Address(_MANAGE),
    "connect_door_device": Address(_MANAGE, "door"),
    "disconnect_door_device": Address(_MANAGE, "served_door"),
    "choose_doors": Address(_MANAGE, "door_group"),
    "set_open_hours": Address(DoorPermission.MANAGE_RIGHTS, "door"),
    "site_plan": Address(_MANAGE),
    "draw_plan": Address(_MANAGE),
    "plan_draft": Address(_MANAGE),
    "import_plan": Address(_MANAGE),
    "publish_plan": Address(_MANAGE),
    "discard_plan": Address(_MANAGE),
    "restore_plan": Address(_MANAGE, "plan_revision"),
    "plan_file": Address(_MANAGE, "plan_revision"),
}
