"""Invitations of residents: used once, by whom they name, while the inviter may invite."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from core import clock
from core.errors import Rejection
from core.models import OutboxMessage, User
from core.permissions import StandardRole
from people.accounts import invitations
from people.accounts.homes import homes_of, members_of
from people.accounts.rules import change_rules
from people.models import Binding, Membership, Person
from tests.browsers import hire
from tests.factories import BindingFactory, OccupancyFactory, ResidentUserFactory

pytestmark = pytest.mark.django_db
EMAIL = "li.na@example.com"


@pytest.fixture
def home():
    """A tenant, who acts in the portal, and the flat."""
    cache.clear()
    return OccupancyFactory(person__name="Li Wei")


@pytest.fixture
def manager(home) -> User:
    return hire(home.site, StandardRole.MANAGER)


@pytest.fixture
def head(home) -> User:
    return BindingFactory(person=home.person).user


def mailed(home, actor, email=EMAIL):
    return invitations.invite_by_mail(home.person, actor, email=email, language="en")


def member(home, head, **values):
    given = {"name": "Wang Fang", "email": "Wang.Fang@example.com", "language": "en"}
    return invitations.invite_member(home.unit, home.person, head, **{**given, **values})


def accepted(invitation, user) -> Binding:
    return invitations.accept(invitations.token_of(invitation), user)


def refused(invitation, user) -> str:
    with pytest.raises(Rejection) as rejected:
        accepted(invitation, user)
    return rejected.value.code


def test_who_accepts_acts_for_the_person_that_the_invitation_names(home, manager):
    invitation = mailed(home, manager)
    assert OutboxMessage.objects.get().payload == {"invitation": invitation.pk}
    user = ResidentUserFactory(email=EMAIL)
    binding = accepted(invitation, user)
    assert (binding.user, binding.person, binding.state) == (user, home.person, "approved")
    assert binding.decided_by == manager.username


def test_an_invitation_is_used_once(home, manager):
    invitation = mailed(home, manager)
    accepted(invitation, ResidentUserFactory(email=EMAIL))
    assert refused(invitation, ResidentUserFactory()) == "not_valid"


def test_a_mail_s_invitation_is_not_for_a_stranger(home, manager):
    invitation = mailed(home, manager)
    assert refused(invitation, ResidentUserFactory()) == "other_address"
    assert invitations.invitation_of(invitations.token_of(invitation)) == invitation


def test_a_printed_code_is_valid_as_people_type_it(home, manager):
    invitation, code = invitations.invite_by_code(home.person, manager, language="en")
    typed = f" {code.lower().replace('-', ' ')} "
    assert invitations.invitation_of_code(typed) == invitation
    assert code not in str(type(invitation).objects.values())
    assert accepted(invitation, ResidentUserFactory()).person == home.person
    assert invitations.invitation_of_code(code) is None


@pytest.mark.parametrize("typed", ["", "----", "AAAA-AAAA-AAAA", "\0"])
def test_other_codes_are_not_valid(home, manager, typed):
    mailed(home, manager)
    assert invitations.invitation_of_code(typed) is None


@pytest.mark.parametrize("end", ["revoked", "expired", "replaced", "inviter left", "forged"])
def test_an_invitation_ends(home, manager, monkeypatch, end):
    invitation = mailed(home, manager)
    token = invitations.token_of(invitation)
    if end == "revoked":
        invitations.revoke(invitation, manager)
    elif end == "expired":
        at = clock.now() + invitations.VALID_FOR + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: at)
    elif end == "replaced":
        mailed(home, manager)
    elif end == "inviter left":
        Membership.objects.filter(user=manager).delete()
    else:
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert invitations.invitation_of(token) is None
    with pytest.raises(Rejection) as rejected:
        invitations.accept(token, ResidentUserFactory(email=EMAIL))
    assert rejected.value.code == "not_valid"


def test_the_head_of_a_household_adds_and_invites_a_partner(home, head):
    invitation = member(home, head, may_pay=True)
    partner = Person.objects.get(name="Wang Fang")
    assert invitation.person == partner
    (theirs,) = homes_of(partner)
    assert (theirs.unit, theirs.is_head, theirs.may) == (home.unit, False, {"may_pay"})
    assert {each.person.name for each in members_of(home.unit)} == {"Li Wei", "Wang Fang"}
    user = ResidentUserFactory(email="wang.fang@example.com")
    assert accepted(invitation, user).person == partner


def test_a_site_may_reserve_that_to_its_management(home, head, manager):
    change_rules(home.site, manager, may_add_members=False)
    with pytest.raises(Rejection) as rejected:
        member(home, head)
    assert rejected.value.code == "not_allowed"
    assert Person.objects.count() == 1


def test_family_members_and_neighbours_invite_nobody(home, head):
    family = OccupancyFactory(person__site=home.site, unit=home.unit, role="family").person
    neighbour = OccupancyFactory(person__site=home.site).person
    for actor, person in (
        (BindingFactory(person=family).user, home.person),
        (BindingFactory(person=neighbour).user, home.person),
        (head, neighbour),
        (BindingFactory(person=home.person, state="pending").user, family),
    ):
        with pytest.raises(Rejection) as rejected:
            invitations.invite_by_mail(person, actor, email=EMAIL, language="en")
        assert rejected.value.code == "not_permitted"


def test_residents_send_a_few_invitations_a_day(home, head):
    for number in range(invitations.OF_RESIDENT.free):
        member(home, head, name=f"Member {chr(65 + number)}", email=f"m{number}@example.com")
    with pytest.raises(Rejection) as rejected:
        member(home, head)
    assert rejected.value.code == "too_many"
