"""Create, change and end places, number many at once, and assign devices to them."""

from estate.services.bays import free_bay, restrict_bay, set_bay_status, set_bay_unknown
from estate.services.common import revision_of
from estate.services.ending import end_place, is_referred_to, remove_place, restore_place
from estate.services.equipment import (
    check_opens,
    place_barrier,
    place_camera,
    place_sensor,
    remove_from_place,
)
from estate.services.generators import (
    BayRange,
    Plan,
    UnitRange,
    generate_bays,
    generate_units,
    plan_bays,
    plan_units,
)
from estate.services.lanes import (
    HIGHEST_PERCENT,
    LONGEST_REREAD_S,
    change_lane,
    create_lane,
    set_lane_limits,
)
from estate.services.organisations import (
    change_organisation,
    create_organisation,
    organisation_values,
)
from estate.services.places import (
    change_bay,
    change_building,
    change_gate,
    change_lot,
    create_bay,
    create_building,
    create_gate,
    create_lot,
)
from estate.services.reshaping import (
    Reshaping,
    UnitPart,
    lock_units,
    plan_reshaping,
    reshape_units,
)
from estate.services.sites import change_site, create_site, site_values
from estate.services.units import (
    AreaCorrection,
    change_unit,
    correct_area,
    create_unit,
    plan_area,
    remove_unit_state,
    set_states_of_new_units,
    set_unit_state,
)

__all__ = [
    "HIGHEST_PERCENT",
    "LONGEST_REREAD_S",
    "AreaCorrection",
    "BayRange",
    "Plan",
    "Reshaping",
    "UnitPart",
    "UnitRange",
    "change_bay",
    "change_building",
    "change_gate",
    "change_lane",
    "change_lot",
    "change_organisation",
    "change_site",
    "change_unit",
    "check_opens",
    "correct_area",
    "create_bay",
    "create_building",
    "create_gate",
    "create_lane",
    "create_lot",
    "create_organisation",
    "create_site",
    "create_unit",
    "end_place",
    "free_bay",
    "generate_bays",
    "generate_units",
    "is_referred_to",
    "lock_units",
    "organisation_values",
    "place_barrier",
    "place_camera",
    "place_sensor",
    "plan_area",
    "plan_bays",
    "plan_reshaping",
    "plan_units",
    "remove_from_place",
    "remove_place",
    "remove_unit_state",
    "reshape_units",
    "restore_place",
    "restrict_bay",
    "revision_of",
    "set_bay_status",
    "set_bay_unknown",
    "set_lane_limits",
    "set_states_of_new_units",
    "set_unit_state",
    "site_values",
]
