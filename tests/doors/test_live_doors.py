"""The live list of doors, passages, lock-down by two people, and fire release on every page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.events import publish
from core.jobs import run_waiting
from core.models import Job
from core.permissions import StandardRole
from devices import inbound
from devices.events import DeviceSilent, StateReported
from devices.models import Device
from doors import board, lock_downs, release
from doors.models import DoorContact, DoorPassage, GroupState
from estate import services as estate
from incidents.models import Incident
from tests.browsers import hire, signed_in, text
from tests.devices.messages import own, up
from tests.doors.entrance import Entrance
from tests.factories import DoorFactory, ReaderFactory, UserFactory
from tests.gate import staff
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def entrance():
    return Entrance.build()


@pytest.fixture
def guard(entrance):
    return signed_in(hire(entrance.site, StandardRole.GUARD))


def url(entrance, name, *args):
    return reverse(f"console:{name}", args=[entrance.site.slug, *args])


def reports(entrance, change, *, ago=timedelta(), **more):
    said = own(at=clock.now() - ago, type="door", change=change, **more)
    inbound.accept(up(entrance.reader), said, clock.now())


def time_runs_out():
    """The time comes at which a door that was opened is looked at again."""
    waiting = Job.objects.filter(path__endswith="note_held", finished_at=None)
    assert waiting.update(due_at=clock.now()) == 1
    run_waiting()


def position(entrance):
    return DoorContact.objects.get(door=entrance.door).position


def test_a_door_follows_its_contact_and_a_forced_one_stays_forced_until_it_is_closed(entrance):
    for change, expected in [
        ("opened", "open"),
        ("closed", "closed"),
        ("forced", "forced"),
        ("opened", "forced"),
        ("held", "forced"),
        ("locked", "forced"),
        ("closed", "closed"),
        ("held", "held"),
    ]:
        reports(entrance, change)
        assert position(entrance) == expected


def test_what_a_contact_reports_late_does_not_replace_what_is_newer(entrance):
    reports(entrance, "closed")
    reports(entrance, "opened", ago=timedelta(minutes=30), buffered=True)
    assert position(entrance) == "closed"


def test_a_door_that_is_not_closed_in_time_is_held_open_until_it_is_closed(entrance):
    estate.change_door(entrance.door, "test", held_open_seconds=20)
    reports(entrance, "opened", ago=timedelta(seconds=1))
    assert position(entrance) == "open"
    time_runs_out()
    assert position(entrance) == "held"
    incident = Incident.objects.get(site=entrance.site, kind="door_held")
    assert not incident.cleared
    reports(entrance, "closed")
    incident.refresh_from_db()
    assert incident.cleared


def test_a_door_that_was_closed_in_time_is_not_held_open(entrance):
    estate.change_door(entrance.door, "test", held_open_seconds=20)
    reports(entrance, "opened", ago=timedelta(seconds=2))
    reports(entrance, "closed")
    time_runs_out()
    assert position(entrance) == "closed"
    assert not Incident.objects.filter(site=entrance.site, kind="door_held").exists()


def test_five_refusals_within_a_minute_raise_one_incident(entrance):
    for _n in range(4):
        entrance.asks(value="99")
    run_waiting()
    assert not Incident.objects.filter(site=entrance.site, kind="door_refusals").exists()
    entrance.asks(value="98")
    run_waiting()
    assert Incident.objects.get(site=entrance.site, kind="door_refusals").occurrences == 1


def test_a_silent_device_of_a_door_raises_its_own_kind_of_incident(entrance):
    publish(DeviceSilent(device_id=entrance.reader.pk, site_id=entrance.site.pk))
    incident = Incident.objects.get(site=entrance.site)
    assert incident.kind == "door_offline"
    now = clock.now()
    envelope = {"device_id": entrance.reader.pk, "site_id": entrance.site.pk, "key": "k"}
    publish(StateReported(**envelope, at=now, received_at=now, online=True))
    incident.refresh_from_db()
    assert incident.cleared


def test_the_board_shows_each_door_in_a_constant_number_of_queries(entrance):
    person = entrance.resident()
    entrance.asks(person)
    with CaptureQueriesContext(connection) as few:
        (view,) = board.board(entrance.site)
    assert (view.passage.person, view.inside, view.needs_a_look) == (person, 1, False)
    for _n in range(3):
        door = DoorFactory(site=entrance.site, zone=entrance.zone)
        entrance.group.doors.add(door)
        estate.connect_device(door, ReaderFactory(site=entrance.site), "test")
    Device.objects.filter(pk=entrance.reader.pk).update(state="offline")
    release.begin_fire_release(entrance.group, "fire panel")
    with CaptureQueriesContext(connection) as many:
        views = board.board(entrance.site)
    assert len(views) == 4
    assert all(view.fire_since for view in views)
    (own,) = (view for view in views if view.door == entrance.door)
    assert own.offline == [entrance.reader]
    assert len(many) <= len(few) + 1


def test_the_list_shows_a_door_and_a_guard_opens_it_with_a_reason(entrance, guard):
    entrance.asks(entrance.resident())
    page = text(guard.get(url(entrance, "doors")))
    assert entrance.door.name in page
    assert entrance.door.name in text(guard.get(url(entrance, "live_door", entrance.door.pk)))
    address = url(entrance, "open_door", entrance.door.pk)
    assert guard.post(address, {"reason": ""}).status_code == 422
    assert guard.post(address, {"reason": "visitor"}).status_code == 204
    passage = DoorPassage.objects.filter(door=entrance.door).latest("pk")
    assert (passage.rule, passage.facts) == ("by_hand", {"reason": "visitor"})


def test_a_passage_is_explained_in_words(entrance, guard):
    person = entrance.resident()
    passage = entrance.asks(person)
    page = text(guard.get(url(entrance, "door_passage", passage.pk)))
    assert "The person may pass" in page
    assert "The person has a right here now" in page
    refused = entrance.asks(value="99")
    page = text(guard.get(url(entrance, "door_passage", refused.pk)))
    assert "Unknown: card" in page


def test_passages_are_filtered_by_person_means_and_result(entrance, guard):
    person = entrance.resident()
    entrance.asks(person)
    entrance.asks(value="99")
    address = url(entrance, "door_passages")
    assert (
        "of 2" in text(guard.get(address)) or text(guard.get(address)).count("Unknown: card") == 1
    )
    found = text(guard.get(address, {"result": "granted"}))
    assert person.name in found
    assert "Unknown: card" not in found
    found = text(guard.get(address, {"q": person.name, "reset": "1"}))
    assert "Unknown: card" not in found


def test_who_is_held_for_being_inside_is_forgiven_on_the_page_of_the_passage(guard):
    entrance = Entrance.build(passback="hard")
    person = entrance.resident()
    entrance.asks(person)
    refused = entrance.asks(person)
    assert refused.rule == "passback"
    guard = signed_in(hire(entrance.site, StandardRole.GUARD))
    address = url(entrance, "forgive_passback", refused.pk)
    assert guard.post(address).status_code == 204
    assert entrance.decides(person) == "admitted"


def test_a_lock_down_waits_for_another_person_and_one_ends_it(entrance, guard):
    address = url(entrance, "request_lock_down")
    guard.post(address, {"group": entrance.group.pk, "reason": "intruder"})
    request = entrance.group.lock_down_requests.get()
    assert entrance.decides(entrance.resident()) == "admitted"
    assert guard.post(url(entrance, "confirm_lock_down", request.pk)).status_code == 422
    second = signed_in(hire(entrance.site, StandardRole.GUARD))
    assert "waits for a second person" in text(second.get(url(entrance, "doors")))
    assert second.post(url(entrance, "confirm_lock_down", request.pk)).status_code == 204
    assert entrance.decides(entrance.resident()) == "lock_down"
    technician = signed_in(hire(entrance.site, StandardRole.TECHNICIAN))
    assert "nobody comes in since" in text(technician.get(url(entrance, "overview")))
    end = url(entrance, "end_lock_down", entrance.group.pk)
    assert guard.post(end, {"reason": "over"}).status_code == 204
    assert entrance.decides(entrance.resident()) == "admitted"


def test_a_lock_down_is_asked_for_once_and_declined(entrance):
    first, second = staff(), UserFactory()
    request = lock_downs.request(entrance.group, first, "intruder")
    assert rejected(lock_downs.request, entrance.group, second, "me too") == ("group", "waits")
    lock_downs.decline(request, second)
    assert rejected(lock_downs.confirm, request, second) == ("group", "was_decided")
    assert not GroupState.objects.filter(group=entrance.group).exists()


def test_a_fire_release_is_on_every_page_and_ended_with_a_reason(entrance, guard):
    assert guard.post(url(entrance, "begin_fire_release", entrance.group.pk)).status_code == 204
    for name in ("overview", "lanes", "doors"):
        assert "doors open for everybody since" in text(guard.get(url(entrance, name)))
    address = url(entrance, "end_fire_release", entrance.group.pk)
    assert guard.post(address, {"reason": ""}).status_code == 422
    assert guard.post(address, {"reason": "drill"}).status_code == 204
    assert "doors open for everybody since" not in text(guard.get(url(entrance, "doors")))


def test_pages_of_doors_load_the_script_that_keeps_them_up_to_date(entrance, guard):
    entrance.asks(entrance.resident())  # an empty list needs no updates
    lists = ("doors",), ("door_passages",), ("muster",), ("live_door", entrance.door.pk)
    for name, *args in lists:
        shown = text(guard.get(url(entrance, name, *args)))
        assert "data-steady" in shown
        assert "ui/steady" in shown
