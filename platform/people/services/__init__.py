"""Write the register: people, companies, their occupancies and their vehicles."""

from people.services.companies import change_company, company_values, register_company
from people.services.endings import close_ended, extend_occupancy
from people.services.moves import (
    change_owner,
    move_in,
    move_out,
    plan_change_of_owner,
    plan_move_in,
    plan_move_out,
    set_payer,
)
from people.services.plans import EndingRights, MovePlan, NewOccupancy, NewPayer
from people.services.register import (
    NewPerson,
    change_person,
    change_vehicle_end,
    continue_vehicles,
    end_vehicle,
    end_vehicles,
    end_vehicles_of,
    person_values,
    register_person,
    register_vehicle,
    vehicles_after,
)
from people.services.reshaping import plan_reshaping, reshape_units

__all__ = [
    "EndingRights",
    "MovePlan",
    "NewOccupancy",
    "NewPayer",
    "NewPerson",
    "change_company",
    "change_owner",
    "change_person",
    "change_vehicle_end",
    "close_ended",
    "company_values",
    "continue_vehicles",
    "end_vehicle",
    "end_vehicles",
    "end_vehicles_of",
    "extend_occupancy",
    "move_in",
    "move_out",
    "person_values",
    "plan_change_of_owner",
    "plan_move_in",
    "plan_move_out",
    "plan_reshaping",
    "register_company",
    "register_person",
    "register_vehicle",
    "reshape_units",
    "set_payer",
    "vehicles_after",
]
