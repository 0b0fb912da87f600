"""The people of a populated site: residents with home and car, a company, a guard, a role."""

from types import SimpleNamespace

from core import clock
from core.models import User
from core.permissions import StandardRole
from estate.models import Unit
from people import exports, invitations
from people.accounts import invitations as resident_invitations
from people.accounts.homes import homes_of
from people.models import (
    Binding,
    Company,
    Occupancy,
    Person,
    PersonExport,
    ResidentInvitation,
    ResidentRequest,
    Role,
    StaffInvitation,
    Vehicle,
)
from tests.browsers import hire
from tests.factories import BindingFactory, CompanyFactory, OccupancyFactory, VehicleFactory
from tests.rooms import World


def register_vehicle(world: World) -> Vehicle:
    """A resident's vehicle."""
    return VehicleFactory(person__site=world.site)


def let_home(world: World) -> Occupancy:
    """A unit that a resident rents."""
    return OccupancyFactory(person__site=world.site)


def find_resident(world: World) -> Person:
    """Who rents it."""
    tenant: Person = world.home.person
    return tenant


def add_company(world: World) -> Company:
    """A company."""
    return CompanyFactory(site=world.site)


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


def bind_owner(world: World) -> Binding:
    """A user who acts for the owner of a flat who lives there."""
    owner = OccupancyFactory(person__site=world.site, person__name="Owner Li", role="owner")
    return BindingFactory(person=owner.person)


def home_unit(world: World) -> Unit:
    """The owner's flat."""
    (home,) = homes_of(world.binding.person)
    return home.unit


def add_family_member(world: World) -> Person:
    """A member of the owner's household."""
    there = {"person__site": world.site, "unit": world.home_unit, "role": "family"}
    return OccupancyFactory(**there).person


def register_own_car(world: World) -> Vehicle:
    """The owner's car."""
    return VehicleFactory(person=world.binding.person)


def request_car(world: World) -> ResidentRequest:
    """A car of the owner that waits for approval."""
    return ResidentRequest.objects.create(
        site=world.site,
        person=world.binding.person,
        kind="car",
        unit=world.home_unit,
        plate="沪Z99999",
        requested_at=clock.now(),
    )


def request_erasure(world: World) -> ResidentRequest:
    """A request of the family member to erase their data."""
    return ResidentRequest.objects.create(
        site=world.site, person=world.family_member, kind="erasure", requested_at=clock.now()
    )


def ask_for_access(world: World) -> Binding:
    """A request for access of the owner's family member."""
    return BindingFactory(person=world.family_member, state="pending")


def invite_resident(world: World) -> SimpleNamespace:
    """A resident's invitation by mail that is open, with its token."""
    manager = hire(world.site, StandardRole.MANAGER)
    person = OccupancyFactory(person__site=world.site).person
    made = resident_invitations.invite_by_mail(
        person, manager, email=f"home@{world.site.slug}.example.com", language="en"
    )
    return SimpleNamespace(pk=made.pk, token=resident_invitations.token_of(made), row=made)


def invite_family_member(world: World) -> ResidentInvitation:
    """An invitation that the owner has sent to the family member."""
    email = f"family@{world.site.slug}.example.com"
    return resident_invitations.invite_by_mail(
        world.family_member, world.binding.user, email=email, language="en"
    )


def export_own_data(world: World) -> PersonExport:
    """An export of the owner's data that is finished."""
    export = exports.start_export(world.binding.person, world.binding.user)
    export.run.state, export.run.ended_at = "done", clock.now()
    export.run.save()
    export.data = {"people": {"person": [{"name": "Owner Li", "phone": ""}]}}
    export.save()
    return export


ROWS = {
    "binding": bind_owner,
    "home_unit": home_unit,
    "family_member": add_family_member,
    "own_car": register_own_car,
    "car_request": request_car,
    "erasure_request": request_erasure,
    "pending_binding": ask_for_access,
    "resident_invitation": invite_resident,
    "member_invitation": invite_family_member,
    "own_export": export_own_data,
    "vehicle": register_vehicle,
    "home": let_home,
    "resident": find_resident,
    "tenant_company": add_company,
    "colleague": hire_guard,
    "own_role": add_own_role,
    "invitation": invite_by_mail,
}
