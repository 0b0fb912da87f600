"""Who works at a site: roles are given and taken, and every change is kept."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.errors import Rejection
from core.models import AuditEntry, User
from core.permissions import Permission, may, sites_of
from people import staff
from tests.factories import MembershipFactory, SiteFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_new_person_gets_an_account_and_the_role():
    site = SiteFactory()
    password = staff.give_role(site, "li.na", "guard", "admin")
    guard = User.objects.get(username="li.na")
    assert guard.check_password(password)
    assert may(guard, site, Permission.LIFT_BARRIER)
    assert AuditEntry.objects.get().detail == {"role": "guard"}


def test_a_known_person_keeps_the_password_and_gets_the_role_once():
    site, person = SiteFactory(), UserFactory(username="li.na")
    assert staff.give_role(site, "li.na", "finance", "admin") == ""
    staff.give_role(site, "li.na", "finance", "admin")
    assert staff.staff_of(site) == [("li.na", "finance")]
    assert AuditEntry.objects.count() == 1
    person.refresh_from_db()
    assert person.check_password("correct horse battery")


def test_who_leaves_a_site_sees_it_no_more_and_keeps_the_other():
    here, there = MembershipFactory(), SiteFactory()
    MembershipFactory(user=here.user, site=there, role="guard")
    assert staff.take_roles(here.site, here.user.username, "admin") == 1
    assert list(sites_of(here.user)) == [there]
    assert staff.take_roles(here.site, "nobody", "admin") == 0


@pytest.mark.parametrize(
    ("name", "role", "field"), [("li na!", "guard", "username"), ("li.na", "king", "role")]
)
def test_what_cannot_be_is_refused_and_nothing_is_written(name, role, field):
    with pytest.raises(Rejection) as refused:
        staff.give_role(SiteFactory(), name, role, "admin")
    assert refused.value.field == field
    assert not User.objects.exists()


def test_the_command_adds_lists_and_removes():
    site, said = SiteFactory(slug="park"), StringIO()
    call_command("staff", "park", "add", "li.na", "guard", stdout=said)
    call_command("staff", "park", stdout=said)
    call_command("staff", "park", "remove", "li.na", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[0] == "li.na is guard at park."
    assert lines[1].startswith("Password, shown once: ")
    assert lines[2:] == ["li.na guard", "li.na has no role at park now; roles taken: 1."]
    assert staff.staff_of(site) == []


def test_the_command_names_a_site_that_is_not_there():
    with pytest.raises(CommandError, match="no site nowhere"):
        call_command("staff", "nowhere")
