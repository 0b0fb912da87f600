"""The muster list: who is inside, who is unsure, and who was marked as safe."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from access.models import Passage
from core import clock
from core.holdings import Identity
from core.models import AuditEntry
from core.permissions import StandardRole
from doors import holdings, jobs, muster_list, musters, release
from doors.inside import BUTTON, CAR, IN, OLD, OUT, WAY, WHOLE_SITE, Seen, whereabouts
from doors.models import DoorPassage, Muster
from people.models import Person
from tests.browsers import hire, signed_in, text
from tests.doors.entrance import Entrance
from tests.factories import (
    LaneFactory,
    PersonFactory,
    UserFactory,
    VehicleFactory,
    VisitorPassFactory,
)
from tests.rejections import rejected

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
sightings = st.lists(
    st.builds(
        Seen,
        st.sampled_from(["person-1", "person-2", "visit-1"]),
        st.sampled_from(["zone-1", "building-1", WHOLE_SITE]),
        st.sampled_from([IN, OUT, ""]),
        st.integers(0, 12).map(lambda hours: NOON - hours * HOUR),
        st.booleans(),
    ),
    max_size=12,
)


def seen(area, way, ago, *, by_car=False):
    return Seen("person-1", area, way, NOON - ago * HOUR, by_car)


def place(*rows, buttons=None, sure=12):
    found = whereabouts(rows, buttons or {}, NOON - sure * HOUR).get("person-1")
    return found and (found.area, found.doubt)


@given(sightings, st.randoms(use_true_random=False))
def test_the_list_is_the_same_in_whatever_order_passages_arrive(rows, order):
    shuffled = rows + order.sample(rows, len(rows) // 2)  # and some of them twice
    order.shuffle(shuffled)
    sure = NOON - 6 * HOUR
    assert whereabouts(shuffled, {}, sure) == whereabouts(rows, {}, sure)


@given(sightings)
def test_only_the_last_time_of_each_way_and_area_counts(rows):
    last = {}
    for each in rows:
        key = (each.holder, each.area, each.way, each.by_car)
        last[key] = max(each, last.get(key, each), key=lambda one: one.at)
    sure = NOON - 6 * HOUR
    assert whereabouts(last.values(), {}, sure) == whereabouts(rows, {}, sure)


def test_a_person_is_where_they_came_in_and_have_not_left():
    assert place(seen("zone-1", IN, 2)) == ("zone-1", "")
    assert place(seen("zone-1", IN, 2), seen("zone-1", OUT, 1)) is None
    assert place(seen("zone-1", IN, 1), seen("zone-1", OUT, 2)) == ("zone-1", "")
    assert place(seen("building-1", IN, 3), seen("zone-1", IN, 2)) == ("zone-1", "")
    left_inner = [seen("building-1", IN, 3), seen("zone-1", IN, 2), seen("zone-1", OUT, 1)]
    assert place(*left_inner) == ("building-1", "")
    assert place(*left_inner, seen(WHOLE_SITE, OUT, 0)) is None


def test_it_is_unsure_after_hours_after_an_exit_button_and_without_a_way():
    assert place(seen("zone-1", IN, 5), sure=4) == ("zone-1", OLD)
    assert place(seen("zone-1", IN, 2), buttons={"zone-1": NOON}) == ("zone-1", BUTTON)
    assert place(seen("zone-1", IN, 2), buttons={"zone-2": NOON}) == ("zone-1", "")
    assert place(seen("zone-1", IN, 1), buttons={"zone-1": NOON - 2 * HOUR}) == ("zone-1", "")
    assert place(seen("zone-1", "", 1)) == ("zone-1", WAY)


def test_a_car_that_leaves_takes_its_driver_along_but_perhaps_not_its_owner():
    drove_in = seen(WHOLE_SITE, IN, 3, by_car=True)
    drove_out = seen(WHOLE_SITE, OUT, 1, by_car=True)
    assert place(drove_in) == (WHOLE_SITE, "")
    assert place(drove_in, drove_out) is None
    assert place(drove_in, seen("building-1", IN, 2), drove_out) == ("building-1", CAR)


@pytest.fixture
def entrance(db):
    return Entrance.build()


@pytest.fixture
def guard(entrance):
    return hire(entrance.site, StandardRole.GUARD)


def url(entrance, name, *args):
    return reverse(f"console:{name}", args=[entrance.site.slug, *args])


def lines(entrance, muster=None):
    return {
        each.name or each.plate: each for each in muster_list.muster_list(entrance.site, muster)
    }


def drives(site, plate, direction, ago=timedelta()):
    at = clock.now() - ago
    return Passage.objects.create(
        site=site,
        lane=LaneFactory(site=site, direction=direction),
        direction=direction,
        at=at,
        received_at=at,
        seen_at=at,
        plate=plate,
        folded=plate,
        state=Passage.State.PASSED,
    )


def test_the_list_has_residents_visitors_with_companions_and_drivers(entrance):
    person, gone = entrance.resident(), entrance.resident()
    entrance.asks(person)
    entrance.asks(gone)
    entrance.asks(gone, direction="out")
    visit = VisitorPassFactory(site=entrance.site, visitor_name="Guest", companions=2, plate="")
    visit.entered_at = clock.now()
    visit.save()
    drives(entrance.site, "T11", "entry")
    owner = PersonFactory(site=entrance.site)
    VehicleFactory(site=entrance.site, plate="T77", folded="T77", person=owner)
    drives(entrance.site, "T77", "entry")
    drives(entrance.site, "T99", "entry", HOUR)
    drives(entrance.site, "T99", "exit")
    found = lines(entrance)
    assert found.keys() == {person.name, "Guest", "T11", owner.name}
    assert (found[person.name].area, found["Guest"].people) == (entrance.zone.name, 3)
    assert not any(each.place.doubt for each in found.values())


def test_passages_that_arrive_in_another_order_give_the_same_list(entrance):
    begins_at = clock.now() - HOUR
    people = [entrance.resident(begins_at=begins_at) for _each in range(3)]
    ways = [("in", 3), ("out", 2), ("in", 1)]
    reports = [(who, way, ago) for who in people for way, ago in ways][:-1]
    found = []
    for order in (reports, reports[::-1], random.Random(5).sample(reports, len(reports))):
        DoorPassage.objects.filter(site=entrance.site).delete()
        for who, way, ago in order:
            entrance.asks(who, direction=way, ago=timedelta(seconds=ago))
        found.append(set(lines(entrance)))
    assert found == [{people[0].name, people[1].name}] * 3


def test_a_door_opened_by_a_button_makes_those_inside_unsure(entrance):
    person = entrance.resident()
    entrance.asks(person)
    DoorPassage.objects.create(
        site=entrance.site,
        door=entrance.door,
        device=entrance.reader,
        key="button",
        means="button",
        granted=True,
        outcome="record",
        rule="without_credential",
        device_at=clock.now(),
        at=clock.now(),
        received_at=clock.now(),
    )
    assert lines(entrance)[person.name].is_unsure


def test_who_has_left_since_the_muster_began_stays_on_its_list(entrance, guard):
    person = entrance.resident()
    entrance.asks(person)
    visit = VisitorPassFactory(site=entrance.site, visitor_name="Guest", entered_at=clock.now())
    muster = musters.begin(entrance.site, guard)
    entrance.asks(person, direction="out")
    visit.entered_at, visit.left_at = None, clock.now()
    visit.save()
    found = lines(entrance, muster)
    assert found[person.name].has_left
    assert found["Guest"].has_left
    assert not lines(entrance)


def test_guards_mark_who_is_safe_and_the_first_mark_stays(entrance, guard):
    person = entrance.resident()
    entrance.asks(person)
    muster, holder = musters.begin(entrance.site, guard), f"person-{person.pk}"
    assert musters.begin(entrance.site, UserFactory()) == muster
    first = musters.mark_safe(muster, holder, guard)
    assert musters.mark_safe(muster, holder, UserFactory()) == first
    assert lines(entrance, muster)[person.name].mark.by == guard
    assert musters.take_back(muster, holder, guard)
    assert lines(entrance, muster)[person.name].is_missing
    for unknown in ("person-0", "person-x", "visit-", "plate-", "zone-1"):
        found = rejected(musters.mark_safe, muster, unknown, guard)
        assert found == ("holder", "unknown")
    musters.end(muster, guard)
    assert rejected(musters.mark_safe, muster, holder, guard) == ("muster", "ended")
    assert musters.mark_safe(musters.begin(entrance.site, guard), holder, guard) != first


def test_a_fire_release_leads_to_the_list_on_which_guards_mark_who_is_safe(entrance, guard):
    person = entrance.resident()
    entrance.asks(person)
    browser = signed_in(guard)
    release.begin_fire_release(entrance.group, "fire panel")
    assert url(entrance, "muster") in text(browser.get(url(entrance, "doors")))
    browser.post(url(entrance, "begin_muster"))
    muster = Muster.objects.get(site=entrance.site)
    mark = url(entrance, "mark_safe", muster.pk, f"person-{person.pk}")
    assert mark in text(browser.get(url(entrance, "muster")))
    assert browser.post(mark).status_code == 204
    shown = text(browser.get(url(entrance, "muster")))
    assert guard.display_name in shown
    sheet = text(browser.get(url(entrance, "muster_sheet")))
    assert person.name in sheet
    assert entrance.zone.name in sheet
    assert "☑" in sheet
    file = b"".join(browser.get(url(entrance, "muster_file")).streaming_content).decode()
    assert person.name in file
    assert guard.display_name in file
    assert browser.post(url(entrance, "end_muster", muster.pk)).status_code == 204
    past = text(browser.get(url(entrance, "past_muster", muster.pk)))
    assert person.name in past
    assert mark not in past
    assert AuditEntry.objects.filter(site=entrance.site, action="export muster list").exists()
    read = AuditEntry.objects.filter(site=entrance.site, action="read muster list")
    assert read.count() == 1  # of one muster, however often within ten minutes


def test_a_search_narrows_the_list_without_a_name_in_the_address(entrance, guard):
    one, other = entrance.resident(), entrance.resident()
    entrance.asks(one)
    entrance.asks(other)
    shown = text(signed_in(guard).post(url(entrance, "muster"), {"q": one.name.upper()}))
    assert one.name in shown
    assert other.name not in shown


def test_hours_after_which_it_is_unsure_are_set_by_who_manages_rights(entrance):
    browser = signed_in(hire(entrance.site, StandardRole.SECURITY))
    assert browser.post(url(entrance, "muster_rules"), {"sure_hours": "0"}).status_code == 422
    browser.post(url(entrance, "muster_rules"), {"sure_hours": "4"})
    assert muster_list.muster_rules(entrance.site).sure_hours == 4


def test_two_thousand_people_inside_take_as_many_statements_as_two(entrance):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as taken:
            muster_list.muster_list(entrance.site)
        return len(taken)

    people = [entrance.resident() for _each in range(2)]
    for person in people:
        entrance.asks(person)
    few = statements()
    shown = DoorPassage.objects.get(person=people[0])
    kept = {each.attname: getattr(shown, each.attname) for each in shown._meta.concrete_fields}
    crowd = Person.objects.bulk_create(PersonFactory.build_batch(2000, site=entrance.site))
    DoorPassage.objects.bulk_create(
        DoorPassage(**kept | {"id": None, "person_id": each.pk, "key": f"crowd {each.pk}"})
        for each in crowd
    )
    assert len(muster_list.muster_list(entrance.site)) == 2002
    assert statements() == few <= 10


def test_musters_go_after_their_period_and_with_the_person(entrance, guard):
    person = entrance.resident()
    muster = musters.begin(entrance.site, guard)
    musters.mark_safe(muster, f"person-{person.pk}", guard)
    identity = Identity(site_id=entrance.site.pk, person_id=person.pk)
    assert dict(holdings.export(identity))["safe at musters"]
    holdings.erase(identity)
    assert not muster.marks.exists()
    musters.end(muster, guard)
    Muster.objects.update(ended_at=clock.now() - timedelta(days=91))
    jobs.delete_musters()
    assert not Muster.objects.filter(pk=muster.pk).exists()
