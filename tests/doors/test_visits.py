"""Visitors: invited, let in at the edge of the site once per visit, and gone again."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from access.models import VisitorPass
from core import clock
from core.errors import Rejection
from core.models import Notification
from devices import inbound
from doors import granting, jobs
from doors.granting import Holder
from doors.models import LastPass, Presence, Right, Token
from doors.visits import bans, notices, presence, rules, services
from doors.visits.presence import Crossing, account_of
from people.accounts.homes import Home, homes_of
from tests.at_once import at_once
from tests.devices.messages import own, up
from tests.doors.entrance import Entrance
from tests.factories import BindingFactory, OccupancyFactory, PersonFactory, UnitFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=3)


def a_home(site) -> Home:
    """A home of the site, rented by somebody who may invite visitors."""
    unit = UnitFactory(building__site=site)
    tenant = OccupancyFactory(site=site, unit=unit, person=PersonFactory(site=site), role="tenant")
    return homes_of(tenant.person)[0]


def offer(site, *groups, **values):
    """Rules of the site by which residents open these groups of doors."""
    return rules.set_visit_rules(site, staff(), groups=groups, **values)


def invited(home: Home, **more) -> VisitorPass:
    now = clock.now()
    values = {"visitor_name": "Wang", "plate": "", "begins_at": now, "ends_at": now + SOON}
    return services.invite(home, home.occupancy.person, staff(), **{**values, **more})


@pytest.fixture
def entrance():
    entrance = Entrance.build(type="people_gate")
    offer(entrance.site, entrance.group)
    return entrance


@pytest.fixture
def home(entrance):
    return a_home(entrance.site)


def shows(entrance: Entrance, visit: VisitorPass, direction: str = "in"):
    """The visitor holds the code to the reader; returns the passage."""
    return entrance.asks(means="qr", value=services.code_of(visit), direction=direction)


def test_a_visitor_comes_in_once_and_leaves(entrance, home):
    visit = invited(home, groups=[entrance.group])
    passage = shows(entrance, visit)
    assert (passage.rule, passage.visit, passage.person) == ("admitted", visit, None)
    visit.refresh_from_db()
    assert (visit.entries_used, visit.entered_at) == (1, passage.at)
    assert shows(entrance, visit).rule == "entries_used"
    shows(entrance, visit, "out")
    visit.refresh_from_db()
    assert visit.entered_at is None
    assert visit.left_at is not None
    assert shows(entrance, visit).rule == "entries_used"


def test_inner_doors_open_while_the_visit_lasts_and_count_nothing(entrance, home):
    house = Entrance.build(site=entrance.site)
    offer(entrance.site, entrance.group, house.group)
    visit = invited(home, groups=[entrance.group, house.group])
    shows(entrance, visit)
    assert [shows(house, visit).rule for _time in range(3)] == ["admitted"] * 3
    visit.refresh_from_db()
    assert visit.entries_used == 1


def test_an_entrance_counts_where_nothing_lies_before_it(home, entrance):
    house = Entrance.build(site=entrance.site)
    offer(entrance.site, house.group)
    visit = invited(home, groups=[house.group])
    assert [shows(house, visit).rule for _time in range(2)] == ["admitted"] * 2
    visit.refresh_from_db()
    assert visit.entries_used == 1


def test_a_visitor_without_a_right_at_a_door_stays_outside(entrance, home):
    assert shows(entrance, invited(home)).rule == "no_right"


def test_a_visitor_whose_time_is_over_may_leave_by_any_door(entrance, home):
    visit = invited(home, groups=[entrance.group])
    shows(entrance, visit)
    services.end(visit, staff())
    assert shows(entrance, visit).rule == "visit_not_approved"
    assert shows(entrance, visit, "out").rule == "admitted"


def test_passback_and_presence_are_those_of_the_visit(home, entrance):
    house = Entrance.build(site=entrance.site, passback="hard")
    offer(entrance.site, house.group)
    visit = invited(home, groups=[house.group])
    shows(house, visit)
    assert shows(house, visit).rule == "passback"
    assert LastPass.objects.get(visit=visit).person is None
    assert Presence.objects.get(zone=house.zone).visit == visit
    shows(house, visit, "out")
    assert not Presence.objects.filter(zone=house.zone).exists()


def test_what_waits_for_approval_opens_nothing(entrance, home):
    offer(entrance.site, entrance.group, approved_by_staff=["contractor"])
    visit = invited(home, groups=[entrance.group], reason="contractor")
    assert shows(entrance, visit).rule == "visit_not_approved"
    with pytest.raises(Rejection) as rejected:
        services.approve(visit, staff(), by_host=True)
    assert rejected.value.code == "for_staff"
    services.approve(visit, staff())
    assert shows(entrance, visit).rule == "admitted"


def test_a_contractor_accepts_the_rules_and_leaves_a_deposit_first(entrance, home):
    offer(entrance.site, entrance.group, contractors_sign=True, contractors_deposit=True)
    visit = invited(home, groups=[entrance.group], reason="contractor")
    for step, code in (
        (lambda: None, "rules_not_accepted"),
        (lambda: services.sign_rules(visit, "visitor"), "no_deposit"),
    ):
        step()
        with pytest.raises(Rejection) as rejected:
            services.approve(visit, staff())
        assert rejected.value.code == code
    services.note_deposit(visit, staff(), "R-17")
    assert services.approve(visit, staff()).is_approved


def test_who_asks_at_the_door_waits_for_the_host(entrance, home):
    visit = services.ask(entrance.door, home.unit, visitor_name="Li", phone="13800000001")
    assert (visit.is_waiting, visit.is_open) == (True, False)
    assert shows(entrance, visit).rule == "visit_not_approved"
    services.approve(visit, staff(), by_host=True)
    assert shows(entrance, visit).rule == "admitted"


@pytest.mark.parametrize(
    "named",
    [{"visitor_name": "wang"}, {"phone": "+86 138-0000-0001"}, {"plate": "沪A12345"}],
)
def test_a_banned_visitor_waits_for_the_guard_and_the_host_can_not_approve(entrance, home, named):
    ban = bans.add_ban(
        entrance.site,
        staff("adder"),
        basis="site_ban",
        reason="broke a window",
        ends_at=clock.now() + timedelta(days=30),
        **named,
    )
    assert invited(home).is_open  # nobody has approved the ban
    bans.approve_ban(ban, staff("approver"))
    visit = invited(home, phone="13800000001", plate="沪A12345", visitor_name="Wang")
    assert (visit.needs_guard, visit.is_waiting) == (True, True)
    with pytest.raises(Rejection) as rejected:
        services.approve(visit, staff(), by_host=True)
    assert "guard" not in str(rejected.value)


def test_a_ban_holds_visits_that_were_approved_before(entrance, home):
    visit = invited(home, groups=[entrance.group], phone="138 0000 0001")
    ban = bans.add_ban(
        entrance.site,
        staff("adder"),
        basis="court_order",
        reason="order 7",
        phone="13800000001",
        ends_at=clock.now() + timedelta(days=30),
    )
    bans.approve_ban(ban, staff("approver"))
    assert shows(entrance, visit).rule == "visit_not_approved"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ends_at": timedelta(days=91)}, "too_long"),
        ({"phone": ""}, "missing"),
        ({"reason": " "}, "missing"),
    ],
)
def test_a_ban_has_an_end_a_reason_and_names_somebody(entrance, changed, code):
    values = {"basis": "site_ban", "reason": "r", "phone": "1", "ends_at": timedelta(days=3)}
    values |= changed
    values["ends_at"] = clock.now() + values["ends_at"]
    with pytest.raises(Rejection) as rejected:
        bans.add_ban(entrance.site, staff(), **values)
    assert rejected.value.code == code


def test_nobody_approves_a_ban_that_they_have_added(entrance):
    actor = staff()
    values = {"basis": "site_ban", "reason": "r", "phone": "138"}
    ban = bans.add_ban(entrance.site, actor, ends_at=clock.now() + SOON, **values)
    with pytest.raises(Rejection) as rejected:
        bans.approve_ban(ban, actor)
    assert rejected.value.code == "same_person"


@pytest.mark.parametrize(
    ("rule", "more", "code"),
    [
        ({"per_day": 1}, {}, "too_many_on_day"),
        ({"most_companions": 2}, {"companions": 3}, "too_many"),
    ],
)
def test_limits_of_a_home(entrance, home, rule, more, code):
    invited(home)
    offer(entrance.site, entrance.group, **rule)
    with pytest.raises(Rejection) as rejected:
        invited(home, **more)
    assert rejected.value.code == code


def test_a_resident_opens_only_doors_that_are_offered(entrance, home):
    other = Entrance.build(site=entrance.site)
    with pytest.raises(Rejection) as rejected:
        invited(home, groups=[other.group])
    assert (rejected.value.field, rejected.value.code) == ("groups", "not_a_choice")


def test_doors_of_another_building_are_not_offered(entrance, home):
    other = Entrance.build(
        site=entrance.site, building=UnitFactory(building__site=entrance.site).building
    )
    ours = Entrance.build(site=entrance.site, building=home.unit.building)
    offer(entrance.site, entrance.group, other.group, ours.group)
    assert set(rules.groups_for(home.unit)) == {entrance.group, ours.group}


def test_the_desk_issues_a_pass_and_extends_it(entrance):
    visit = services.issue_at_desk(
        entrance.site,
        staff(),
        visitor_name="Zhao",
        groups=[entrance.group],
        ends_at=clock.now() + SOON,
    )
    later = visit.ends_at + timedelta(days=2)
    assert services.extend(visit, staff(), later).ends_at == later
    assert Right.objects.get(visit=visit).ends_at == later


def test_a_credential_and_a_right_belong_to_a_person_or_to_a_visit(entrance, home):
    visit = invited(home, groups=[entrance.group])
    token = Token.objects.get(visit=visit)
    right = Right.objects.get(visit=visit)
    for row in (token, right):
        row.person = home.occupancy.person
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
        row.person = row.visit = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
    with pytest.raises(ValueError, match="one holder"):
        granting.grant(
            entrance.group, "test", Holder(person=home.occupancy.person, visit=visit), reason="r"
        )


KINDS = st.sampled_from([presence.LANE, presence.GATE, presence.ENTRANCE])
WAYS = st.sampled_from(["in", "out", ""])
START = clock.now()
CROSSINGS = st.lists(
    st.builds(
        lambda minute, number, way, kind: Crossing(
            START + timedelta(minutes=minute), f"{kind}:{number}", way, kind
        ),
        st.integers(0, 20),
        st.integers(0, 9),
        WAYS,
        KINDS,
    ),
    max_size=12,
    unique_by=lambda each: each.key,
)


@given(CROSSINGS, st.randoms(use_true_random=False), st.integers(0, 12))
def test_an_account_does_not_depend_on_order_or_repetition(crossings, chance, repeated):
    shuffled = [*crossings, *crossings[:repeated]]
    chance.shuffle(shuffled)
    assert account_of(shuffled) == account_of(crossings)


@given(CROSSINGS)
def test_entries_are_at_most_the_ways_in_and_inside_is_who_came_last(crossings):
    account = account_of(crossings)
    assert account.on_foot <= sum(each.way != "out" and each.kind != "lane" for each in crossings)
    assert (account.entered_at is None) or not account.is_on_foot or account.on_foot > 0


@given(st.lists(KINDS, min_size=1, max_size=3, unique=True).flatmap(st.permutations))
def test_one_visit_past_lane_gate_and_entrance_is_at_most_one_entry(kinds):
    seen = [
        Crossing(START + timedelta(minutes=n), kind, "in", kind) for n, kind in enumerate(kinds)
    ]
    assert account_of(seen).on_foot == (presence.LANE not in kinds)


def test_the_car_takes_over_the_entry_that_was_begun_on_foot():
    gate = GateScene.build()
    entrance = Entrance.build(site=gate.site, type="people_gate")
    visit = services.issue_at_desk(
        gate.site, staff(), plate="沪A77777", groups=[entrance.group], ends_at=clock.now() + SOON
    )
    shows(entrance, visit)
    gate.sees(gate.entry, "沪A77777")
    visit.refresh_from_db()
    assert (visit.entries_used, visit.entries_on_foot) == (1, 0)
    house = Entrance.build(site=gate.site)
    granting.grant(house.group, "test", Holder(visit=visit), origin="visit")
    assert shows(house, visit).rule == "admitted"
    visit.refresh_from_db()
    assert visit.entries_used == 1


def test_a_car_counts_the_entry_and_its_exit_ends_it():
    gate = GateScene.build()
    visit = services.issue_at_desk(gate.site, staff(), plate="沪A77777", ends_at=clock.now() + SOON)
    gate.sees(gate.entry, "沪A77777")
    visit.refresh_from_db()
    assert visit.entered_at is not None
    gate.sees(gate.exit, "沪A77777")
    visit.refresh_from_db()
    assert (visit.entered_at, visit.entries_used) == (None, 1)


def test_a_device_that_has_let_a_visitor_in_counts_as_well(entrance, home):
    visit = invited(home, groups=[entrance.group])
    for key in ("a", "b", "a"):
        said = own(
            at=clock.now(),
            type="credential",
            means="qr",
            value=services.code_of(visit),
            granted=True,
            direction="in",
            id=key,
        )
        inbound.accept(up(entrance.reader), said, clock.now())
    visit.refresh_from_db()
    assert (visit.entries_used, visit.entries_allowed) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_limits_hold_for_requests_at_the_same_time():
    entrance = Entrance.build()
    offer(entrance.site, entrance.group, per_day=2)
    home, host = a_home(entrance.site), staff()
    now = clock.now()
    values = {"visitor_name": "Wang", "plate": "", "begins_at": now, "ends_at": now + SOON}
    answers = at_once(
        *[lambda: services.invite(home, home.occupancy.person, host, **values) for _n in range(4)]
    )
    refused = [each.code for each in answers if isinstance(each, Rejection)]
    assert refused == ["too_many_on_day"] * 2
    assert VisitorPass.objects.filter(unit=home.unit).count() == 2


def test_the_host_is_told_who_comes_and_goes(entrance, home):
    user = BindingFactory(person=home.occupancy.person).user
    visit = invited(home, groups=[entrance.group])
    for direction in ("in", "out"):
        shows(entrance, visit, direction)
        visit.refresh_from_db()
        notices.send_to_host(visit.pk, "arrived" if direction == "in" else "left")
    titles = Notification.objects.filter(recipient=user).order_by("pk").values_list("title")
    assert [title for (title,) in titles] == ["arrived", "left"]


def test_names_of_visitors_are_forgotten_after_their_period(entrance, home):
    visit = invited(home, groups=[entrance.group], phone="138")
    VisitorPass.objects.filter(pk=visit.pk).update(
        begins_at=clock.now() - timedelta(days=200), ends_at=clock.now() - timedelta(days=190)
    )
    assert jobs.forget_visitors() == 1
    visit.refresh_from_db()
    assert (visit.visitor_name, visit.phone, visit.tokens.count()) == ("", "", 0)
