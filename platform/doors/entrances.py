"""Make an entrance for each building that has none, with a group and the residents' right."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from core.models import Site
from doors import granting
from doors.models import Right
from estate import services
from estate.models import Building, Door, DoorGroup
from estate.services.common import Actor

_NOT_IN_CODE = re.compile(r"[^a-z0-9-]+")
#: The longest code of a door, and the longest name.
_CODE, _NAME = 20, 80


@dataclass(frozen=True, slots=True)
class Entrance:
    """What would be made for a building.

    Attributes:
        code: of the door and of its group.
        name: of the door.
    """

    building: Building
    code: str
    name: str


def plan_entrances(site: Site) -> list[Entrance]:
    """Return the entrances of the buildings in use that have no door in use, by their codes."""
    taken = set(Door.objects.filter(site=site).values_list("code", flat=True))
    taken |= set(DoorGroup.objects.filter(site=site).values_list("code", flat=True))
    with_door = Door.objects.in_use().filter(site=site).exclude(building=None).values("building")
    rows = Building.objects.in_use().filter(site=site).exclude(pk__in=with_door)
    found = []
    for building in rows.order_by("code"):
        code = _free_code(building.code, taken)
        taken.add(code)
        name = _("Entrance %(building)s") % {"building": building.name}
        found.append(Entrance(building, code, name[:_NAME]))
    return found


@transaction.atomic
def create_entrances(
    site: Site, actor: Actor, *, decides: str = Door.Decides.SERVER, for_residents: bool = True
) -> list[Door]:
    """Make the planned entrances, each in a group of its own.

    Args:
        decides: of `Door.Decides`.
        for_residents: whether those who live or work in the building get a right at it.

    Raises:
        Rejection: see `estate.services.create_door`.
    """
    return [_create(site, actor, each, decides, for_residents) for each in plan_entrances(site)]


def _create(site: Site, actor: Actor, planned: Entrance, decides: str, for_residents: bool) -> Door:
    door = services.create_door(
        site,
        actor,
        code=planned.code,
        name=planned.name,
        building=planned.building,
        decides=decides,
    )
    group = services.create_door_group(
        site, actor, code=planned.code, name=planned.building.name, doors=[door]
    )
    if for_residents:
        holder = granting.Holder(building=planned.building)
        granting.grant(group, actor, holder, origin=Right.Origin.OCCUPANCY)
    return door


def _free_code(code: str, taken: set[str]) -> str:
    """Return a code made of a building's that no door and no group has."""
    base = _NOT_IN_CODE.sub("-", code.lower()).strip("-")[: _CODE - 4] or "door"
    number, found = 1, base
    while found in taken:
        number += 1
        found = f"{base}-{number}"[:_CODE]
    return found
