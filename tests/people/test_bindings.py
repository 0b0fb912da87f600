"""Bindings: who may act for whom, who approves it, and when it ends."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from core import audit, outbox
from core.errors import Rejection
from core.models import OutboxMessage, User
from core.permissions import StandardRole
from core.rate_limits import TooManyAttempts
from people import ports, services
from people.accounts import bindings
from people.models import Binding
from people.periods import today
from tests.browsers import hire
from tests.factories import (
    BindingFactory,
    OccupancyFactory,
    PersonFactory,
    ResidentUserFactory,
    SiteFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    """A tenant and the flat."""
    cache.clear()
    return OccupancyFactory(person__name="Li Na", person__email="Li.Na@example.com")


@pytest.fixture
def manager(home) -> User:
    return hire(home.site, StandardRole.MANAGER)


def state_of(binding: Binding) -> str:
    return Binding.objects.get(pk=binding.pk).state


def test_who_confirmed_an_address_asks_for_the_people_who_have_it(home):
    user = ResidentUserFactory()
    (binding,) = bindings.request_by_email(user, "li.na@EXAMPLE.com")
    assert (binding.person, binding.state) == (home.person, "pending")
    assert not bindings.bindings_of(user).exists()


def test_a_request_that_was_refused_is_not_repeated_by_signing_in(home, manager):
    user = ResidentUserFactory()
    (binding,) = bindings.request_by_email(user, home.person.email)
    bindings.refuse(binding, manager)
    assert bindings.request_by_email(user, home.person.email) == []


@pytest.mark.parametrize(
    ("name", "unit", "finds"),
    [
        ("li  na", "{code}", True),
        ("Li Na", "{building}-{code}", True),
        ("Li Na", "other", False),
        ("Wang Wei", "{code}", False),
    ],
)
def test_a_request_names_a_person_and_their_unit(home, name, unit, finds):
    user = ResidentUserFactory()
    code = unit.format(code=home.unit.code, building=home.unit.building.code)
    assert bindings.request_by_home(home.site, user, name=name, unit=code) is None
    assert Binding.objects.filter(user=user, person=home.person).exists() == finds


def test_names_can_not_be_tried_out(home):
    user = ResidentUserFactory()
    for number in range(bindings.OF_REQUESTS.free):
        bindings.request_by_home(home.site, user, name=f"Name {number}", unit=home.unit.code)
    with pytest.raises(TooManyAttempts):
        bindings.request_by_home(home.site, user, name="Li Na", unit=home.unit.code)


def test_a_manager_approves_a_request(home, manager):
    binding = BindingFactory(person=home.person, state="pending")
    bindings.approve(binding, manager)
    assert list(bindings.bindings_of(binding.user)) == [binding]
    binding.refresh_from_db()
    assert binding.decided_by == manager.username
    history = audit.history(home.site, ("person", home.person_id))
    assert history.latest("pk").action == "approve access"


def test_a_request_is_decided_once(home, manager):
    binding = BindingFactory(person=home.person, state="pending")
    bindings.refuse(binding, manager)
    with pytest.raises(Rejection) as rejected:
        bindings.approve(binding, manager)
    assert rejected.value.code == "not_pending"
    assert state_of(binding) == "refused"


def test_decisions_on_many_can_be_undone(home, manager):
    waiting = [BindingFactory(person=home.person, state="pending") for _ in range(2)]
    decided = BindingFactory(person=home.person)
    changes = bindings.decide_all([*waiting, decided], manager, "approved")
    assert set(changes) == {each.pk for each in waiting}
    bindings.reopen_all(home.site, manager, changes)
    assert [state_of(each) for each in waiting] == ["pending", "pending"]
    assert state_of(decided) == "approved"


def test_a_user_has_one_open_binding_to_a_person(home):
    binding = BindingFactory(person=home.person, state="pending")
    with pytest.raises(IntegrityError), transaction.atomic():
        BindingFactory(person=home.person, user=binding.user)
    assert bindings.bind(binding.user, home.person, "manager") == binding
    assert state_of(binding) == "approved"


def test_the_owner_of_a_unit_approves_its_occupants_and_no_others(home):
    owner = OccupancyFactory(person__site=home.site, unit=home.unit, role="owner").person
    neighbour = OccupancyFactory(person__site=home.site).person
    theirs = BindingFactory(person=home.person, state="pending")
    BindingFactory(person=neighbour, state="pending")
    BindingFactory(person=owner, state="pending")
    assert list(bindings.to_approve(owner)) == [theirs]
    assert not bindings.to_approve(home.person).exists()


def test_bindings_end_with_the_last_occupancy(home, manager):
    binding = BindingFactory(person=home.person)
    services.move_out(home, manager, on=today(home.site))
    assert state_of(binding) == "ended"
    assert not bindings.bindings_of(binding.user).exists()


def test_bindings_go_on_while_there_is_another_home_or_staff_say_so(home, manager):
    binding = BindingFactory(person=home.person)
    other = OccupancyFactory(
        person=home.person, unit=UnitFactory(building__site=home.site), role="family"
    )
    services.move_out(home, manager, on=today(home.site))
    assert state_of(binding) == "approved"
    services.move_out(other, manager, on=today(home.site), keep_rights=True)
    assert state_of(binding) == "approved"


def test_an_end_that_is_ahead_ends_them_on_its_day(home, manager, monkeypatch):
    binding = BindingFactory(person=home.person)
    day = today(home.site) + timedelta(days=3)
    plan = services.plan_move_out(home, on=day)
    (ending,) = plan.rights_end
    assert [right.kind for right in ending.rights] == ["binding"]
    services.move_out(home, manager, on=day)
    assert state_of(binding) == "approved"
    later = ending.at + timedelta(minutes=1)
    monkeypatch.setattr("core.clock.now", lambda: later)
    services.close_ended(home.site, day)
    assert state_of(binding) == "ended"


def test_a_binding_is_ended_by_hand(home, manager):
    binding = BindingFactory(person=home.person)
    bindings.end(binding, manager)
    assert state_of(binding) == "ended"
    assert ports.rights_of(home.person, binding.requested_at) == ()


def test_the_people_of_two_sites_are_two_homes_of_one_user():
    user = ResidentUserFactory()
    for name in ("Harbour", "Garden"):
        BindingFactory(user=user, person=PersonFactory(site=SiteFactory(name=name)))
    assert [each.site.name for each in bindings.bindings_of(user)] == ["Garden", "Harbour"]


def test_a_decision_is_sent_by_mail(home, manager, mailoutbox):
    user = ResidentUserFactory(email=home.person.email.lower())
    (binding,) = bindings.request_by_email(user, home.person.email)
    bindings.approve(binding, manager)
    outbox.send_due()
    assert [(mail.to, "approved" in mail.subject) for mail in mailoutbox] == [([user.email], True)]


@pytest.mark.parametrize(("email", "mails"), [("li.na@example.com", 1), ("x@example.com", 0)])
def test_only_who_has_the_person_s_address_learns_of_a_refusal(home, manager, email, mails):
    user = ResidentUserFactory(email=email)
    bindings.refuse(BindingFactory(user=user, person=home.person, state="pending"), manager)
    sent = OutboxMessage.objects.filter(topic=bindings.DECISION_MAIL)
    assert sent.count() == mails, "it says that the name and the unit match"


def test_a_decision_that_was_undone_is_not_sent(home, manager, mailoutbox):
    waiting = [BindingFactory(person=home.person, state="pending")]
    changes = bindings.decide_all(waiting, manager, Binding.State.APPROVED)
    bindings.reopen_all(home.site, manager, changes)
    outbox.send_due()
    assert mailoutbox == []
