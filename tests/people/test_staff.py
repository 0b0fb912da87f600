"""A site's staff: roles are granted and revoked, and each change is audited."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from access.permissions import AccessPermission
from core.errors import Rejection
from core.models import AuditEntry, User
from core.permissions import may, permissions_at, sites_of
from people import staff
from people.models import Permission, Role
from tests.factories import MembershipFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_new_user_gets_an_account_and_the_role():
    site = SiteFactory()
    password = staff.grant_role(site, "li.na", "guard", "admin")
    guard = User.objects.get(username="li.na")
    assert guard.check_password(password)
    assert may(guard, site, AccessPermission.OPEN_BARRIER)
    assert AuditEntry.objects.get().detail == {"role": "guard"}


def test_an_existing_user_keeps_the_password_and_gets_the_role_once():
    site, person = SiteFactory(), UserFactory(username="li.na")
    assert staff.grant_role(site, "li.na", "finance", "admin") == ""
    staff.grant_role(site, "li.na", "finance", "admin")
    assert staff.staff_of(site) == [("li.na", "finance")]
    assert AuditEntry.objects.count() == 1
    person.refresh_from_db()
    assert person.check_password("correct horse battery")


def test_revoking_roles_at_one_site_leaves_those_at_another():
    here, there = MembershipFactory(), SiteFactory()
    MembershipFactory(user=here.user, site=there, role="guard")
    assert staff.revoke_roles(here.site, here.user.username, "admin") == 1
    assert list(sites_of(here.user)) == [there]
    assert staff.revoke_roles(here.site, "nobody", "admin") == 0


@pytest.mark.parametrize(
    ("name", "role", "field"), [("li na!", "guard", "username"), ("li.na", "king", "role")]
)
def test_an_invalid_username_or_role_is_rejected_and_nothing_is_written(name, role, field):
    with pytest.raises(Rejection) as rejected:
        staff.grant_role(SiteFactory(), name, role, "admin")
    assert rejected.value.field == field
    assert not User.objects.exists()


def test_a_role_of_the_site_s_own_takes_precedence_and_exists_nowhere_else():
    here, there = SiteFactory(), SiteFactory()
    night = Role.objects.create(site=here, code="night", name="Night shift")
    own_guard = Role.objects.create(site=here, code="guard", name="Guard without cash")
    for role in (night, own_guard):
        role.permissions.add(Permission.objects.get(code=AccessPermission.OPEN_BARRIER))
    staff.grant_role(here, "li.na", "night", "admin")
    staff.grant_role(here, "li.na", "guard", "admin")
    user = User.objects.get(username="li.na")
    assert permissions_at(user, here) == {AccessPermission.OPEN_BARRIER}
    with pytest.raises(Rejection):
        staff.grant_role(there, "li.na", "night", "admin")


def test_the_command_adds_lists_and_removes():
    site, output = SiteFactory(slug="park"), StringIO()
    call_command("staff", "park", "add", "li.na", "guard", stdout=output)
    call_command("staff", "park", stdout=output)
    call_command("staff", "park", "remove", "li.na", stdout=output)
    lines = output.getvalue().splitlines()
    assert lines[0] == "li.na is guard at park."
    assert lines[1].startswith("Password, shown once: ")
    assert lines[2:] == ["li.na guard", "li.na has no role at park now; roles revoked: 1."]
    assert staff.staff_of(site) == []


def test_the_command_rejects_an_unknown_site_and_an_unknown_role():
    with pytest.raises(CommandError, match="no site nowhere"):
        call_command("staff", "nowhere")
    SiteFactory(slug="park")
    with pytest.raises(CommandError, match="unknown role"):
        call_command("staff", "park", "add", "li.na", "king")
