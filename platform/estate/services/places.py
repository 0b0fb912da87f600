"""Create and change places; each change is audited with the values before and after."""

from django.db import transaction

from core.events import publish
from core.models import Site
from estate.events import LaneChanged
from estate.models import Bay, Building, Gate, Lot
from estate.services.common import Actor, change, create, lock_in_use

Ring = list[list[float]]


def create_building(
    site: Site, actor: Actor, *, code: str, name: str, outline: Ring | None = None
) -> Building:
    """Create a building.

    Raises:
        Rejection: a value is malformed, or the site has a building of that code.
    """
    building = Building(site=site, code=code, name=name, outline=outline or [])
    return create(building, site, actor)


@transaction.atomic
def change_building(
    building: Building, actor: Actor, *, code: str, name: str, revision: str = ""
) -> Building:
    """Change a building.

    Args:
        revision: the token of what the form showed, as for each change of a place.

    Raises:
        Rejection: see `estate.services.common.change`.
    """
    return change(building, actor, revision, {"code": code, "name": name})


def create_lot(
    site: Site, actor: Actor, *, code: str, name: str, capacity: int, outline: Ring | None = None
) -> Lot:
    """Create a car park for so many cars.

    Raises:
        Rejection: a value is malformed, or the site has a lot of that code.
    """
    lot = Lot(site=site, code=code, name=name, capacity=capacity, outline=outline or [])
    return create(lot, site, actor)


@transaction.atomic
def change_lot(
    lot: Lot, actor: Actor, *, code: str, name: str, capacity: int, revision: str = ""
) -> Lot:
    """Change a car park.

    Raises:
        Rejection: see `estate.services.common.change`.
    """
    return change(lot, actor, revision, {"code": code, "name": name, "capacity": capacity})


@transaction.atomic
def create_bay(lot: Lot, actor: Actor, *, code: str, outline: Ring | None = None) -> Bay:
    """Create a bay; its status is unknown until a sensor reports it.

    Raises:
        Rejection: the lot has ended, or has a bay of that code.
    """
    lock_in_use(lot)
    return create(Bay(lot=lot, code=code, outline=outline or []), lot.site, actor)


@transaction.atomic
def change_bay(bay: Bay, actor: Actor, *, code: str, revision: str = "") -> Bay:
    """Change a bay's code.

    Raises:
        Rejection: see `estate.services.common.change`.
    """
    return change(bay, actor, revision, {"code": code})


def create_gate(
    site: Site,
    actor: Actor,
    *,
    code: str,
    name: str,
    longitude: float | None = None,
    latitude: float | None = None,
) -> Gate:
    """Create a gate at a position in degrees, WGS-84, or one that is not on the plan yet.

    Raises:
        Rejection: a value is malformed, or the site has a gate of that code.
    """
    gate = Gate(site=site, code=code, name=name, longitude=longitude, latitude=latitude)
    return create(gate, site, actor)


@transaction.atomic
def change_gate(gate: Gate, actor: Actor, *, code: str, name: str, revision: str = "") -> Gate:
    """Change a gate.

    Raises:
        Rejection: see `estate.services.common.change`.
    """
    gate = change(gate, actor, revision, {"code": code, "name": name})
    for lane in gate.lanes.all():  # boards show the gate's name with each lane
        publish(LaneChanged(gate.site_id, lane.pk))
    return gate
