"""The people of a populated site: a resident with a vehicle, a guard, a role."""

from core.models import User
from core.permissions import StandardRole
from people import invitations
from people.models import Role, StaffInvitation, Vehicle
from tests.browsers import hire
from tests.factories import VehicleFactory
from tests.rooms import World


def register_vehicle(world: World) -> Vehicle:
    """A resident's vehicle."""
    return VehicleFactory(person__site=world.site)


def hire_guard(world: World) -> User:
    """A guard of the site's staff."""
    return hire(world.site, StandardRole.GUARD)


def add_own_role(world: World) -> Role:
    """A role of the site's own."""
    return Role.objects.create(site=world.site, code="desk", name="Front desk")


def invite_by_mail(world: World) -> StaffInvitation:
    """An invitation by mail that is open."""
    return invitations.invite_by_mail(
        world.site,
        hire(world.site, StandardRole.MANAGER),
        name="Li Na",
        email=f"li.na@{world.site.slug}.example.com",
        roles=["guard"],
        language="en",
    )


ROWS = {
    "vehicle": register_vehicle,
    "colleague": hire_guard,
    "own_role": add_own_role,
    "invitation": invite_by_mail,
}
