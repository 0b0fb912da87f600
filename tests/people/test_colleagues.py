"""Colleagues are invited, change roles and lose access; a manager always remains."""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import Rejection
from core.live_sessions import sign_in_of
from core.models import AuditEntry, User
from core.permissions import StandardRole, may, permissions_at, sites_of
from people import colleagues
from people.authority import managers
from people.models import Membership, Permission, Role
from people.permissions import PeoplePermission
from people.staff import revoke_roles, staff_of
from tests.at_once import at_once
from tests.browsers import hire, signed_in
from tests.factories import MembershipFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db
MANAGE = PeoplePermission.MANAGE_STAFF


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def manager(site) -> User:
    return hire(site, StandardRole.MANAGER)


def own_role(site, *permissions: str, code: str = "desk") -> Role:
    role = Role.objects.create(site=site, code=code, name="Front desk")
    role.permissions.add(*Permission.objects.filter(code__in=permissions))
    return role


def limited_manager(site) -> User:
    """A person who manages the staff and does nothing else."""
    role = own_role(site, MANAGE)
    user = UserFactory()
    Membership.objects.create(user=user, site=site, role=role)
    return user


def invite(site, actor, **changed):
    usual = {"name": "Li Na", "username": "li.na", "roles": ["guard"], "email": "li@example.com"}
    return colleagues.invite_colleague(site, actor, **{**usual, **changed})


def codes_of(user: User, site) -> list[str]:
    return sorted(user.memberships.filter(site=site).values_list("role__code", flat=True))


def test_an_invited_colleague_has_the_roles_and_a_one_time_password(site, manager):
    added = invite(site, manager, name="  Li  Na ", roles=["guard", "finance"])
    assert added.user.check_password(added.password)
    assert added.user.must_change_password
    assert (added.user.get_full_name(), added.user.email) == ("Li Na", "li@example.com")
    assert codes_of(added.user, site) == ["finance", "guard"]
    entry = AuditEntry.objects.get(action="invite colleague")
    assert (entry.actor, entry.subject) == (manager.username, ("user", str(added.user.pk)))
    assert added.password not in str(entry.detail)


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"name": " 12 "}, "name", "missing"),
        ({"username": "li na!"}, "username", "invalid"),
        ({"username": ""}, "username", "invalid"),
        ({"email": "li@"}, "email", "invalid_email"),
        ({"roles": []}, "roles", "missing"),
        ({"roles": ["king"]}, "roles", "not_a_choice"),
        ({"roles": ["guard", "king"]}, "roles", "not_a_choice"),
    ],
)
def test_an_invalid_invitation_is_rejected_at_its_field_and_adds_no_account(
    site, manager, wrong, field, code
):
    with pytest.raises(Rejection) as rejected:
        invite(site, manager, **wrong)
    assert (rejected.value.field, rejected.value.code) == (field, code)
    assert list(User.objects.all()) == [manager]


@pytest.mark.parametrize("given", ["", "other@example.com"])
def test_a_taken_user_name_is_no_way_into_another_person_s_account(site, manager, given):
    elsewhere = UserFactory(username="li.na", email="" if not given else "li@example.com")
    with pytest.raises(Rejection) as rejected:
        invite(site, manager, email=given)
    assert rejected.value.code == "username_taken"
    assert not sites_of(elsewhere).exists()


def test_an_account_of_another_site_is_added_by_user_name_and_e_mail(site, manager):
    existing = UserFactory(username="li.na", email="Li@Example.com")
    added = invite(site, manager)
    assert (added.user, added.password) == (existing, "")
    assert codes_of(existing, site) == ["guard"]
    existing.refresh_from_db()
    assert existing.check_password("correct horse battery")
    with pytest.raises(Rejection) as rejected:
        invite(site, manager)
    assert rejected.value.code == "is_colleague"


def test_changed_roles_replace_the_old_ones_and_are_recorded(site, manager):
    guard = hire(site, StandardRole.GUARD)
    colleagues.change_roles(site, guard, manager, ["finance", "technician"])
    assert codes_of(guard, site) == ["finance", "technician"]
    entry = AuditEntry.objects.get(action="change roles")
    assert entry.detail == {"before": ["guard"], "after": ["finance", "technician"]}
    colleagues.change_roles(site, guard, manager, ["technician", "finance"])
    assert AuditEntry.objects.filter(action="change roles").count() == 1


def test_roles_at_another_site_stay_as_they_are(site, manager):
    guard = hire(site, StandardRole.GUARD)
    there = MembershipFactory(user=guard, role=StandardRole.SECURITY).site
    colleagues.change_roles(site, guard, manager, ["finance"])
    colleagues.end_access(site, guard, manager, "left")
    assert codes_of(guard, there) == ["security"]


@pytest.mark.parametrize("role", ["manager", "guard", "finance"])
def test_no_one_grants_what_they_do_not_hold(site, manager, role):
    limited, guard = limited_manager(site), hire(site, StandardRole.GUARD)
    for grant in (
        partial(invite, site, limited, roles=[role]),
        partial(colleagues.change_roles, site, limited, limited, ["desk", role]),
    ):
        with pytest.raises(Rejection) as rejected:
            grant()
        assert rejected.value.code == "not_held"
    with pytest.raises(Rejection) as rejected:
        colleagues.change_roles(site, guard, limited, ["desk"])
    assert rejected.value.code == "holds_more"
    assert codes_of(guard, site) == ["guard"]


def test_no_one_ends_or_takes_over_the_account_of_a_person_who_holds_more(site, manager):
    limited = limited_manager(site)
    with pytest.raises(Rejection) as rejected:
        colleagues.end_access(site, manager, limited, "mine now")
    assert rejected.value.code == "holds_more"
    with pytest.raises(Rejection) as rejected:
        colleagues.reset_password(site, manager, limited)
    assert rejected.value.code == "holds_more"


@pytest.mark.parametrize("who", ["works at another site", "superuser"])
def test_a_password_is_not_reset_where_it_opens_more_than_the_manager_s_site(site, manager, who):
    guard = hire(site, StandardRole.GUARD)
    if who == "superuser":
        User.objects.filter(pk=guard.pk).update(is_superuser=True)
        guard.refresh_from_db()
    else:
        MembershipFactory(user=guard, role=StandardRole.MANAGER)
    with pytest.raises(Rejection) as rejected:
        colleagues.reset_password(site, guard, manager)
    assert rejected.value.code == "holds_more"
    guard.refresh_from_db()
    assert guard.check_password("correct horse battery")


def test_a_reset_password_is_new_has_to_be_changed_and_ends_all_sessions(site, manager):
    guard = hire(site, StandardRole.GUARD)
    browser = signed_in(guard)
    password = colleagues.reset_password(site, guard, manager)
    guard.refresh_from_db()
    assert guard.check_password(password)
    assert guard.must_change_password
    assert sign_in_of(browser.session.session_key) is None
    assert browser.get("/").status_code == 302
    with pytest.raises(Rejection):
        colleagues.reset_password(site, manager, manager)


def test_ended_access_ends_the_sessions_at_once(site, manager):
    guard = hire(site, StandardRole.GUARD)
    browser, other = signed_in(guard), signed_in(manager)
    key = browser.session.session_key
    colleagues.end_access(site, guard, manager, "left the company")
    assert sign_in_of(key) is None
    assert sign_in_of(other.session.session_key) is not None
    assert browser.get("/")["Location"].startswith("/login/")
    assert permissions_at(guard, site) == frozenset()
    entry = AuditEntry.objects.get(action="end access")
    assert entry.detail == {"roles": ["guard"], "reason": "left the company"}


def test_a_person_of_two_sites_stays_signed_in_for_the_other(site, manager):
    guard = hire(site, StandardRole.GUARD)
    MembershipFactory(user=guard)
    browser = signed_in(guard)
    colleagues.end_access(site, guard, manager, "moved")
    assert sign_in_of(browser.session.session_key) is not None
    assert browser.get(f"/s/{site.slug}/staff/").status_code == 404


def test_the_last_manager_keeps_the_site_manageable(site, manager):
    admin = UserFactory(is_superuser=True)
    for change in (
        partial(colleagues.end_access, site, manager, admin, "x"),
        partial(colleagues.change_roles, site, manager, admin, ["guard"]),
        partial(revoke_roles, site, manager.username, "manage.py staff"),
    ):
        with pytest.raises(Rejection) as rejected:
            change()
        assert rejected.value.code == "last_manager"
    assert codes_of(manager, site) == ["manager"]
    hire(site, StandardRole.MANAGER)
    colleagues.end_access(site, manager, admin, "another one is there")
    assert staff_of(site)[0][1] == "manager"


def test_a_deactivated_manager_is_no_other_manager(site, manager):
    other = hire(site, StandardRole.MANAGER)
    User.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(Rejection) as rejected:
        colleagues.end_access(site, manager, UserFactory(is_superuser=True), "x")
    assert rejected.value.code == "last_manager"


def test_a_site_without_a_manager_can_change_its_staff(site):
    guard, admin = hire(site, StandardRole.GUARD), UserFactory(is_superuser=True)
    colleagues.end_access(site, guard, admin, "left")
    assert staff_of(site) == []


def test_managers_do_not_lock_themselves_out_even_if_another_remains(site, manager):
    hire(site, StandardRole.MANAGER)
    with pytest.raises(Rejection) as rejected:
        colleagues.end_access(site, manager, manager, "x")
    assert rejected.value.code == "own_access"
    with pytest.raises(Rejection) as rejected:
        colleagues.change_roles(site, manager, manager, ["guard"])
    assert rejected.value.code == "own_access"
    colleagues.change_roles(site, manager, manager, ["guard", "manager"])
    assert may(manager, site, MANAGE)


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_end_each_other_at_once_leave_one():
    site = SiteFactory()
    first, second = (hire(site, StandardRole.MANAGER) for _ in range(2))
    at_once(
        partial(colleagues.end_access, site, second, first, "x"),
        partial(colleagues.end_access, site, first, second, "x"),
    )
    assert managers(site).count() == 1


ROLES = st.sets(st.sampled_from(sorted(StandardRole)), max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), ROLES), max_size=8))
def test_no_series_of_changes_leaves_a_site_without_a_manager(changes):
    site = SiteFactory()
    people = [hire(site, role) for role in ("manager", "manager", "guard")]
    for actor, user, roles in changes:
        if not may(people[actor], site, MANAGE):
            continue
        try:
            if roles:
                colleagues.change_roles(site, people[user], people[actor], sorted(roles))
            else:
                colleagues.end_access(site, people[user], people[actor], "x")
        except Rejection:
            pass
        assert managers(site).exists()
