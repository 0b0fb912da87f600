"""Roles of a site's own: made of permissions that their maker holds, changed, removed, restored."""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.permissions import AccessPermission
from console.staff.labels import PERMISSIONS, ROOMS
from core.errors import Rejection
from core.models import AuditEntry
from core.permissions import SitePermission, StandardRole, declared, may, permissions_at
from people import colleagues, site_roles
from people.labels import role_name
from people.models import Membership, Role
from people.permissions import PeoplePermission
from tests.browsers import hire
from tests.factories import SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
OPEN, VIEW = AccessPermission.OPEN_BARRIER, SitePermission.VIEW_SITE
MANAGE = PeoplePermission.MANAGE_STAFF


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def manager(site):
    return hire(site, StandardRole.MANAGER)


def standard(code: str) -> Role:
    return Role.objects.get(site=None, code=code)


def codes(role: Role) -> set[str]:
    return set(role.permissions.values_list("code", flat=True))


def person_with(site, role: Role):
    user = UserFactory()
    Membership.objects.create(user=user, site=site, role=role)
    return user


def test_every_permission_and_its_room_has_a_label():
    assert declared() == PERMISSIONS.keys()
    assert {code.partition(".")[0] for code in PERMISSIONS} == ROOMS.keys()


def test_an_own_role_grants_its_permissions_at_its_site_only(site, manager):
    role = site_roles.add_role(site, manager, " Front   desk ", [OPEN, VIEW])
    assert (role.name, role.code) == ("Front desk", "front-desk")
    user = person_with(site, role)
    assert permissions_at(user, site) == {OPEN, VIEW}
    assert role not in colleagues.available_roles(SiteFactory())
    assert AuditEntry.objects.get(action="add role").detail["permissions"] == [OPEN, VIEW]


@pytest.mark.parametrize(
    ("name", "permissions", "code"),
    [
        ("  ", [OPEN], "missing"),
        ("Desk", [], "not_a_choice"),
        ("Desk", ["access.fly"], "not_a_choice"),
        ("guard", [OPEN], "name_taken"),
    ],
)
def test_an_invalid_role_is_rejected(site, manager, name, permissions, code):
    with pytest.raises(Rejection) as rejected:
        site_roles.add_role(site, manager, name, permissions)
    assert rejected.value.code == code
    assert not Role.objects.filter(site=site).exists()


@pytest.mark.parametrize("name", ["前台", "门岗", "Пост", "¡Hola!", "a" * 120])
def test_roles_named_in_any_script_get_codes_of_their_own(site, manager, name):
    first = site_roles.add_role(site, manager, name, [OPEN])
    second = site_roles.add_role(site, manager, f"{name[:100]} 2", [OPEN])
    assert first.code != second.code


def test_no_one_makes_or_changes_a_role_beyond_the_own_permissions(site, manager):
    desk = site_roles.add_role(site, manager, "Desk", [MANAGE, VIEW])
    limited = person_with(site, desk)
    for change in (
        partial(site_roles.add_role, site, limited, "Night", [OPEN]),
        partial(site_roles.change_role, site, desk, limited, "Desk", [MANAGE, VIEW, OPEN]),
        partial(site_roles.change_role, site, standard("manager"), limited, "Manager", [VIEW]),
        partial(site_roles.change_role, site, standard("guard"), limited, "Guard", [VIEW]),
    ):
        with pytest.raises(Rejection) as rejected:
            change()
        assert rejected.value.code == "not_held"


def test_a_standard_role_changes_at_one_site_and_stays_elsewhere(site, manager):
    guard, elsewhere = hire(site, StandardRole.GUARD), hire(SiteFactory(), StandardRole.GUARD)
    there = elsewhere.memberships.get().site
    before = permissions_at(elsewhere, there)
    own = site_roles.change_role(site, standard("guard"), manager, "Guard", [OPEN])
    assert (own.site, own.code) == (site, "guard")
    assert permissions_at(guard, site) == {OPEN}
    assert permissions_at(elsewhere, there) == before
    assert list(colleagues.available_roles(site).filter(code="guard")) == [own]
    entry = AuditEntry.objects.get(action="change role")
    assert (entry.detail["added"], VIEW in entry.detail["removed"]) == ([], True)


def test_an_unchanged_standard_name_follows_the_language(site, manager):
    own = site_roles.change_role(site, standard("guard"), manager, "Guard", [OPEN])
    assert own.name == "Guard"
    renamed = site_roles.change_role(site, own, manager, "Gatekeeper", [OPEN])
    assert role_name(renamed) == "Gatekeeper"


def test_a_changed_standard_role_is_restored_for_the_people_who_have_it(site, manager):
    guard = hire(site, StandardRole.GUARD)
    before = permissions_at(guard, site)
    own = site_roles.change_role(site, standard("guard"), manager, "Night guard", [OPEN])
    Membership.objects.create(user=guard, site=site, role=standard("guard"))
    assert site_roles.restore_role(site, own, manager) == standard("guard")
    assert permissions_at(guard, site) == before
    assert guard.memberships.count() == 1
    assert not Role.objects.filter(site=site).exists()
    with pytest.raises(Rejection) as rejected:
        site_roles.restore_role(site, standard("guard"), manager)
    assert rejected.value.code == "not_changed"


def test_a_role_is_removed_only_while_no_one_has_it(site, manager):
    desk = site_roles.add_role(site, manager, "Desk", [OPEN])
    person = person_with(site, desk)
    with pytest.raises(Rejection) as rejected:
        site_roles.remove_role(site, desk, manager)
    assert (rejected.value.code, rejected.value.params) == ("role_in_use", {"count": 1})
    colleagues.change_roles(site, person, manager, ["guard"])
    site_roles.remove_role(site, desk, manager)
    assert not Role.objects.filter(site=site).exists()
    with pytest.raises(Rejection) as rejected:
        site_roles.remove_role(site, standard("guard"), manager)
    assert rejected.value.code == "standard_role"


def test_the_last_role_that_manages_staff_keeps_doing_so(site, manager):
    admin = UserFactory(is_superuser=True)
    with pytest.raises(Rejection) as rejected:
        site_roles.change_role(site, standard("manager"), admin, "Manager", [VIEW])
    assert rejected.value.code == "last_manager"
    assert codes(standard("manager")) == declared()
    person_with(site, site_roles.add_role(site, manager, "Deputy", sorted(declared())))
    with pytest.raises(Rejection) as rejected:
        site_roles.change_role(site, standard("manager"), manager, "Manager", [VIEW])
    assert rejected.value.code == "own_access"
    assert may(manager, site, MANAGE)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sets(st.sampled_from(sorted(declared())), min_size=1),
    st.sets(st.sampled_from(sorted(declared()))),
)
def test_a_role_grants_never_more_than_its_maker_holds(wanted, held):
    site = SiteFactory()
    head = hire(site, StandardRole.MANAGER)
    maker = person_with(site, site_roles.add_role(site, head, "Maker", sorted(held | {MANAGE})))
    try:
        role = site_roles.add_role(site, maker, "Made", sorted(wanted))
    except Rejection:
        assert not wanted <= held | {MANAGE}
    else:
        assert codes(role) == wanted <= permissions_at(maker, site)
