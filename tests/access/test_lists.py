"""The access lists and visitor passes: validation, effect and end."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from access import lists, selectors
from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from estate.models import Lane
from people import services as people
from people.periods import today
from tests.at_once import at_once
from tests.factories import (
    AccessListEntryFactory,
    OccupancyFactory,
    SiteFactory,
    VehicleFactory,
    VisitorPassFactory,
)
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def add(site, **said):
    usual = {"kind": "allow", "plate": "沪A12345", "reason": "parcels", "begins_at": clock.now()}
    return lists.add_entry(site, staff(), **{**usual, **said})


def test_a_plate_on_the_allow_list_opens_the_gate_until_it_is_ended():
    gate = GateScene.build(priced=False)
    Lane.objects.update(reread_seconds=0)
    entry = add(gate.site, plate="沪 a·12345", begins_at=clock.now() - DAY)
    assert gate.sees(gate.entry, "沪A12345").state == "opening"
    lists.end_entry(entry, staff())
    gate.moves(gate.entry, "passed")
    assert gate.sees(gate.entry, "沪A12345").state == "held"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"plate": "无牌车"}, "plate"),
        ({"reason": "  "}, "reason"),
        ({"ends_at": clock.now() - DAY}, "ends_at"),
    ],
)
def test_an_invalid_entry_is_rejected_at_its_field(said, field):
    site = SiteFactory()
    with pytest.raises(Rejection) as refused:
        add(site, **said)
    assert refused.value.field == field
    assert not selectors.access_list(site, ended=True).exists()


@pytest.mark.parametrize("kind", ["allow", "block"])
def test_a_plate_is_on_a_list_once_at_a_time(kind):
    site, now = SiteFactory(), clock.now()
    add(site, kind=kind, begins_at=now, ends_at=now + DAY, reason="first")
    for begins_at, ends_at in [(now, None), (now - DAY, now + DAY / 2), (now - DAY, None)]:
        with pytest.raises(Rejection) as refused:
            add(site, kind=kind, plate="沪a-12345", begins_at=begins_at, ends_at=ends_at)
        assert (refused.value.field, refused.value.code) == ("plate", "already_listed")
        assert "first" in refused.value.message, "the entry is named"
    add(site, kind=kind, begins_at=now + DAY)
    add(site, kind=kind, begins_at=now - DAY, ends_at=now)
    assert selectors.access_list(site, ended=True).count() == 3


def test_an_entry_can_be_added_again_in_the_minute_in_which_it_ended():
    site = SiteFactory()
    ended = lists.end_entry(add(site, begins_at=clock.now() - DAY), staff())
    again = add(site, begins_at=ended.ends_at - timedelta(seconds=40))
    assert again.begins_at == ended.ends_at


def test_the_database_refuses_overlapping_entries_by_itself():
    entry = AccessListEntryFactory()
    with pytest.raises(IntegrityError, match="once_at_a_time"), transaction.atomic():
        AccessListEntryFactory(site=entry.site, plate=entry.plate)
    AccessListEntryFactory(site=entry.site, plate=entry.plate, kind="block")
    AccessListEntryFactory(plate=entry.plate)  # at another site


def test_concurrent_entries_of_a_plate_become_one(transactional_db):
    site, guard = SiteFactory(), staff()
    said = {"kind": "block", "plate": "沪A12345", "reason": "debt", "begins_at": clock.now()}
    one = partial(lists.add_entry, site, guard, **said)
    answers = at_once(one, one, one)
    assert sum(isinstance(answer, Rejection) for answer in answers) == 2
    assert selectors.access_list(site).count() == 1


def test_an_entry_is_extended_but_not_into_another_or_after_its_end():
    site, now = SiteFactory(), clock.now()
    entry = add(site, begins_at=now, ends_at=now + DAY)
    assert lists.change_entry_end(entry, staff(), now + 2 * DAY).ends_at == now + 2 * DAY
    add(site, begins_at=now + 3 * DAY)
    with pytest.raises(Rejection) as refused:
        lists.change_entry_end(entry, staff(), None)
    assert refused.value.code == "already_listed"
    with pytest.raises(Rejection) as refused:
        lists.change_entry_end(lists.end_entry(entry, staff()), staff(), now + 2 * DAY)
    assert refused.value.code == "has_ended"


def test_lists_that_contradict_each_other_are_found():
    site, now = SiteFactory(), clock.now()
    listed = add(site, begins_at=now, ends_at=now + DAY)
    VehicleFactory(person__site=site, plate=listed.plate)
    VisitorPassFactory(
        site=site, plate=listed.plate, begins_at=now + 5 * DAY, ends_at=now + 6 * DAY
    )
    AccessListEntryFactory(site=site, plate="沪A1234S")  # a look-alike is another plate
    conflicts = partial(selectors.conflicting_records, site, listed.plate)
    blocked = conflicts(blocks=True, begins_at=now, ends_at=now + DAY)
    assert sorted(record.kind for record in blocked) == ["allow", "resident"]
    assert [r.kind for r in conflicts(blocks=True, begins_at=now + DAY, ends_at=None)] == [
        "resident",
        "visitor",
    ]
    assert conflicts(blocks=False, begins_at=now, ends_at=None) == []
    add(site, kind="block", begins_at=now)
    permitted = conflicts(blocks=False, begins_at=now, ends_at=None)
    assert [record.kind for record in permitted] == ["block"]


def test_the_block_list_decides_about_a_plate_that_is_on_both_lists():
    gate = GateScene.build(priced=False)
    for kind in ("allow", "block"):
        add(gate.site, kind=kind, begins_at=clock.now() - DAY)
    assert gate.sees(gate.entry, "沪A12345").state == "refused"


@pytest.mark.parametrize("plate", ["沪A1", "沪A1234567", "沪AAAAAAAA", "12345678"])
def test_an_unusual_plate_is_listed_and_let_in_once_it_is_confirmed(plate):
    site, now = SiteFactory(), clock.now()
    visit = partial(lists.issue_pass, site, staff(), plate=plate, begins_at=now, ends_at=now + DAY)
    for enter in (visit, partial(add, site, plate=plate)):
        with pytest.raises(Rejection) as refused:
            enter()
        assert (refused.value.field, refused.value.override) == ("plate", "unusual_plate")
        assert enter(unusual_plate=True).plate == plate


def test_an_entry_that_has_not_begun_ends_at_its_beginning():
    entry = AccessListEntryFactory(begins_at=clock.now() + DAY)
    ended = lists.end_entry(entry, staff())
    assert ended.ends_at - ended.begins_at < timedelta(seconds=1)


def test_ending_twice_has_no_further_effect():
    entry = AccessListEntryFactory()
    first = lists.end_entry(entry, staff()).ends_at
    assert lists.end_entry(entry, staff()).ends_at == first
    assert AuditEntry.objects.count() == 1


def test_a_cancelled_pass_admits_no_car_and_is_not_listed():
    gate = GateScene.build(priced=False)
    visit = lists.issue_pass(
        gate.site,
        staff(),
        plate="沪A54321",
        begins_at=clock.now() - DAY,
        ends_at=clock.now() + DAY,
        visitor_name="Mr Li",
    )
    lists.cancel_pass(visit, staff())
    assert gate.sees(gate.entry, "沪A54321").state == "held"
    assert not selectors.visitor_passes(gate.site).exists()
    assert selectors.visitor_passes(gate.site, ended=True).get().visitor_name == "Mr Li"


def test_cancelling_twice_has_no_further_effect():
    visit = VisitorPassFactory()
    first = lists.cancel_pass(visit, staff()).cancelled_at
    assert lists.cancel_pass(visit, staff()).cancelled_at == first


def test_lists_show_only_their_own_site():
    AccessListEntryFactory()
    VisitorPassFactory()
    assert not selectors.access_list(SiteFactory()).exists()
    assert not selectors.visitor_passes(SiteFactory()).exists()


def test_passes_of_a_host_end_with_the_host_s_last_occupancy():
    home = OccupancyFactory()
    on = today(home.site)
    visits = [VisitorPassFactory(site=home.site, host=home.person) for _ in range(2)]
    plan = people.plan_move_out(home, on=on)
    assert {(right.kind, right.pk) for right in plan.rights_end[0].rights} == {
        ("visitor_pass", visit.pk) for visit in visits
    }
    people.move_out(home, staff(), on=on)
    for visit in visits:
        visit.refresh_from_db()
        assert visit.cancelled_at is not None


def test_a_pass_that_begins_before_a_host_leaves_stays_valid():
    home = OccupancyFactory()
    now = clock.now()
    before, after = (
        VisitorPassFactory(
            site=home.site,
            host=home.person,
            begins_at=now + days * DAY,
            ends_at=now + (days + 1) * DAY,
        )
        for days in (1, 20)
    )
    people.move_out(home, staff(), on=today(home.site) + 10 * DAY)
    for visit in (before, after):
        visit.refresh_from_db()
    assert before.cancelled_at is None
    assert after.cancelled_at is not None
