"""The asset tree: site > building > unit; lot > bay; gate > lane; door > device."""

from estate.models.calendar import CalendarDay
from estate.models.doors import Door, DoorDevice, DoorGroup, Zone
from estate.models.places import (
    Bay,
    Building,
    DevicePlace,
    Gate,
    Lane,
    Lot,
    Place,
    PlaceQuerySet,
    PlanRevision,
    PlateColour,
    Unit,
    UnitState,
)

__all__ = [
    "Bay",
    "Building",
    "CalendarDay",
    "DevicePlace",
    "Door",
    "DoorDevice",
    "DoorGroup",
    "Gate",
    "Lane",
    "Lot",
    "Place",
    "PlaceQuerySet",
    "PlanRevision",
    "PlateColour",
    "Unit",
    "UnitState",
    "Zone",
]
