"""Visitors whom residents invite: by the site's rules, with a plate or by name."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse

from access import lists, visitors
from access.models import Passage, VisitorPass
from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from core.permissions import StandardRole
from parking.models import LotRules
from people.accounts.homes import homes_of, set_switches
from people.accounts.rules import change_rules
from tests.browsers import hire, signed_in, text
from tests.factories import BindingFactory, OccupancyFactory, VisitorPassFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db
PLATE = "沪A73C05"


@pytest.fixture
def gate() -> GateScene:
    cache.clear()
    return GateScene.build()


@pytest.fixture
def owner(gate):
    """A user who acts for the owner of a flat who lives there."""
    home = OccupancyFactory(person__site=gate.site, person__name="Owner Li", role="owner")
    return BindingFactory(person=home.person)


def invite(binding, **values) -> VisitorPass:
    (home,) = homes_of(binding.person)
    now = clock.now()
    given = {"plate": PLATE, "begins_at": now, "ends_at": now + timedelta(hours=4)} | values
    return visitors.invite_visitor(home, binding.person, binding.user, **given)


def test_the_barrier_opens_for_an_invited_visitor_as_often_as_the_pass_says(gate, owner):
    visit = invite(owner, entries_allowed=2)
    passage = gate.sees(gate.entry, PLATE)
    assert passage.state == Passage.State.OPENING
    visit.refresh_from_db()
    assert (visit.entries_used, visit.host, visit.unit) == (
        1,
        owner.person,
        homes_of(owner.person)[0].unit,
    )


def test_the_lane_board_names_the_home_that_a_visitor_comes_to(gate, owner):
    visit = invite(owner)
    gate.sees(gate.entry, PLATE)
    guard = signed_in(hire(gate.site, StandardRole.GUARD))
    card = guard.get(reverse("console:lane", args=[gate.site.slug, gate.entry.pk]))
    assert f"Visitor of {visit.unit}" in text(card)


def test_a_visitor_who_is_expected_by_name_comes_in_when_the_guard_enters_the_plate(gate, owner):
    LotRules.objects.create(lot=gate.lot, admits_unknown=False)
    visit = invite(owner, plate="", visitor_name="Wang Fang")
    passage = gate.sees(gate.entry, PLATE)
    assert passage.state == Passage.State.HELD
    guard = signed_in(hire(gate.site, StandardRole.GUARD))
    shown = text(guard.get(reverse("console:visits", args=[gate.site.slug])))
    assert "Wang Fang" in shown
    assert str(visit.unit) in shown
    address = reverse("console:visitor_plate", args=[gate.site.slug, visit.pk])
    assert guard.post(address, {"plate": PLATE}).status_code == 204
    passage.refresh_from_db()
    assert passage.state == Passage.State.OPENING


def test_visitors_expected_by_name_let_in_no_car_whose_plate_was_not_read(gate, owner):
    LotRules.objects.create(lot=gate.lot, admits_unknown=False)
    visits = [invite(owner, plate="", visitor_name=name) for name in ("Wang Fang", "Li Na")]
    assert gate.sees(gate.entry, "").state == Passage.State.HELD
    assert gate.sees(gate.entry, PLATE).state == Passage.State.HELD
    assert [VisitorPass.objects.get(pk=visit.pk).entries_used for visit in visits] == [0, 0]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"plate": "", "visitor_name": " "}, "missing"),
        ({"ends_at": timedelta(hours=25)}, "too_long"),
        ({"ends_at": timedelta(hours=-1)}, "past"),
        (
            {"begins_at": timedelta(days=40), "ends_at": timedelta(days=40, hours=1)},
            "too_far_ahead",
        ),
        ({"begins_at": timedelta(hours=3), "ends_at": timedelta(hours=2)}, "end_before_begin"),
        ({"entries_allowed": 3}, "out_of_range"),
        ({"entries_allowed": 0}, "out_of_range"),
    ],
)
def test_the_rules_of_the_site_hold(owner, values, code):
    now = clock.now()
    given = {k: now + v if isinstance(v, timedelta) else v for k, v in values.items()}
    with pytest.raises(Rejection) as rejected:
        invite(owner, **given)
    assert rejected.value.code == code


def test_a_home_has_so_many_open_passes(gate, owner):
    manager = hire(gate.site, StandardRole.MANAGER)
    change_rules(gate.site, manager, passes_per_home=2, pass_free_minutes=90)
    first, _second = invite(owner), invite(owner, plate="沪A73C06")
    assert first.free_minutes == 90
    with pytest.raises(Rejection) as rejected:
        invite(owner, plate="沪A73C07")
    assert rejected.value.code == "too_many_passes"
    lists.cancel_pass(first, owner.user)
    assert invite(owner, plate="沪A73C07").is_open


def test_time_before_the_invitation_is_not_free_afterwards(owner):
    before = clock.now()
    assert invite(owner, begins_at=before - timedelta(hours=20)).begins_at >= before


def test_a_family_member_invites_once_that_is_switched_on(gate, owner):
    unit = homes_of(owner.person)[0].unit
    there = {"person__site": gate.site, "unit": unit, "role": "family"}
    member = BindingFactory(person=OccupancyFactory(**there).person)
    with pytest.raises(Rejection) as rejected:
        invite(member)
    assert rejected.value.code == "not_permitted"
    client = signed_in(member.user)
    path = reverse("portal:invite_visitor", args=[member.pk, unit.pk])
    refused = client.get(path)
    assert refused.status_code == 403
    assert "Owner Li" in text(refused), "the page says who can switch it on"
    set_switches(unit, member.person, owner.user, may_invite_visitors=True)
    values = {"plate": PLATE, "begins_at": local(0), "ends_at": local(3), "entries_allowed": "1"}
    shown = client.post(path, values, follow=True)
    link = f"/v/{VisitorPass.objects.get().code}/"
    assert link in text(shown)
    assert member.user.get_username() == VisitorPass.objects.get().created_by.get_username()


def local(hours: int) -> str:
    at = clock.now() + timedelta(hours=hours)
    return f"{clock.local(at, 'Asia/Shanghai'):%Y-%m-%dT%H:%M}"


def test_the_visitor_s_link_takes_the_plate_until_the_visit_begins(gate, owner, client):
    visit = invite(owner, plate="", visitor_name="Wang Fang")
    path = f"/v/{visit.code}/"
    assert "Owner Li" not in text(client.get(path))
    assert client.post(path, {"plate": "?"}).status_code == 422
    assert client.post(path, {"plate": PLATE}).status_code == 302
    assert AuditEntry.objects.filter(actor="visitor", action="set plate of visitor pass").exists()
    VisitorPass.objects.update(entries_allowed=2)
    gate.sees(gate.entry, PLATE)
    assert client.post(path, {"plate": "沪A73C06"}).status_code == 422
    lists.cancel_pass(visit, owner.user)
    assert client.get(path).status_code == 404


def test_a_plate_that_is_entered_later_frees_no_stay_that_had_ended(gate, owner):
    visit = invite(owner, plate="", visitor_name="Wang Fang")
    VisitorPass.objects.update(issued_at=clock.now() - timedelta(hours=1))
    before = clock.now()
    assert visitors.set_plate(visit, staff(), plate=PLATE).issued_at >= before


def test_the_passes_of_a_neighbour_are_not_found(gate, owner):
    other = VisitorPassFactory(site=gate.site)
    client = signed_in(owner.user)
    path = reverse("portal:visitor", args=[owner.pk, other.pk])
    assert client.get(path).status_code == 404
