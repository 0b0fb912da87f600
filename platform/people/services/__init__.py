"""Write the register: people, companies, their occupancies and their vehicles."""

from people.services.companies import change_company, company_values, register_company
from people.services.endings import Extension, close_ended, extend_occupancy, plan_extension
from people.services.moves import (
    change_owner,
    move_in,
    move_out,
    plan_change_of_owner,
    plan_move_in,
    plan_move_out,
    plan_payer,
    set_payer,
)
from people.services.persons import change_person, new_person, person_values
from people.services.plans import (
    EndingRights,
    MovePlan,
    NewOccupancy,
    NewPayer,
    occupancies_on,
)
from people.services.register import (
    NewPerson,
    change_vehicle_end,
    continue_vehicles,
    end_vehicle,
    end_vehicles,
    end_vehicles_of,
    register_person,
    register_vehicle,
    vehicles_after,
)
from people.services.reshaping import ReshapingPlan, plan_reshaping, reshape_units

__all__ = [
    "EndingRights",
    "Extension",
    "MovePlan",
    "NewOccupancy",
    "NewPayer",
    "NewPerson",
    "ReshapingPlan",
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
    "new_person",
    "occupancies_on",
    "person_values",
    "plan_change_of_owner",
    "plan_extension",
    "plan_move_in",
    "plan_move_out",
    "plan_payer",
    "plan_reshaping",
    "register_company",
    "register_person",
    "register_vehicle",
    "reshape_units",
    "set_payer",
    "vehicles_after",
]
