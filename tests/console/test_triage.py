"""The triage board: which incidents it shows to whom, its filters, and how it keeps up to date."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.evidence_problems import problem_label
from core import clock
from core.models import AuditEntry, Notification
from core.permissions import StandardRole
from estate import services as estate
from incidents import services, triage
from incidents.escalation import responders
from incidents.evidence.pictures import PROVIDER
from incidents.evidence.registry import Found
from incidents.evidence.storing import store
from incidents.models import Evidence, Incident, PictureRequest
from incidents.procedures import procedure
from people.models import Membership
from tests.browsers import hire, signed_in, text
from tests.factories import BuildingFactory, DeviceFactory, UserFactory
from tests.photos import jpeg
from tests.rooms import World

pytestmark = pytest.mark.django_db


def raised(here: World, severity="minor", kind="device_alarm", *, ago=60, place=None, code=None):
    """An incident of a new device."""
    named = {"code": code} if code else {}
    device = DeviceFactory(site=here.site, kind="sensor", **named)
    if place is not None:
        estate.locate_device(device, UserFactory(), place)
    at = clock.now() - timedelta(seconds=ago)
    return services.raise_incident(here.site.pk, kind, f"device:{device.pk}", severity, at, {})


@pytest.fixture
def alone(here: World) -> World:
    """The site without the open incidents of the other rooms."""
    Incident.objects.update(state="closed", cleared=True)
    return here


def shown(client, here, **query) -> list[int]:
    """The incidents that the board shows, in its order."""
    return [pk for pk, _version in client.get(here.url("triage_versions"), query).json()["rows"]]


def test_the_worst_come_first_and_the_latest_of_those(alone, guard):
    minor = raised(alone, "minor", ago=1)
    old, new = raised(alone, "severe", ago=60), raised(alone, "severe", ago=5)
    extreme = raised(alone, "extreme", ago=600)
    expected = [extreme, new, old, minor]
    assert shown(guard, alone) == [each.pk for each in expected]
    assert sorted(expected, key=triage.order_key) == expected


def test_an_incident_that_has_ended_leaves_the_board(alone, guard):
    services.review(raised(alone), UserFactory(), confirmed=False, reason="a test")
    assert shown(guard, alone) == []
    assert "No open incidents." in text(guard.get(alone.url("triage")))


def test_a_technician_sees_incidents_of_devices_alone(alone, technician):
    of_device, of_door = raised(alone, kind="device_alarm"), raised(alone, kind="door_forced")
    assert shown(technician, alone) == [of_device.pk]
    answers = [
        technician.get(alone.url("triage_incident", each.pk)).status_code
        for each in (of_device, of_door)
    ]
    assert answers == [200, 404]
    refused = technician.post(alone.url("triage_acknowledge", of_door.pk))
    of_door.refresh_from_db()
    assert (refused.status_code, of_door.acked_by) == (404, None)
    panel = text(technician.get(alone.url("triage_incident", of_device.pk)))
    assert f'"{alone.url("incident", of_device.pk)}"' not in panel


def test_filters_narrow_the_board(alone):
    person = hire(alone.site, StandardRole.GUARD)
    client = signed_in(person)
    garage = BuildingFactory(site=alone.site, name="Garage")
    mine = raised(alone, "severe", place=garage, code="smoke-1")
    services.acknowledge(mine, person)
    other = raised(alone, "minor", kind="device_offline")
    both = [mine.pk, other.pk]
    for query, expected in (
        ({}, both),
        ({"severity": "severe"}, [mine.pk]),
        ({"kind": "device_offline"}, [other.pk]),
        ({"place": f"building-{garage.pk}"}, [mine.pk]),
        ({"owner": "mine"}, [mine.pk]),
        ({"owner": "nobody"}, [other.pk]),
        ({"state": "detected"}, [other.pk]),
        ({"device": "SMOKE-1"}, [mine.pk]),
        ({"q": "garage"}, [mine.pk]),
        ({"q": "smoke-1", "severity": "minor"}, []),
        ({"severity": "nonsense", "place": "lot-x"}, both),
    ):
        assert shown(client, alone, **query) == expected, query


def test_the_person_assigned_owns_an_incident_whoever_acknowledged_it(alone):
    person, other = (hire(alone.site, StandardRole.GUARD) for _each in range(2))
    incident = services.acknowledge(raised(alone), other)
    incident.assigned_to = person
    incident.save()
    assert shown(signed_in(person), alone, owner="mine") == [incident.pk]
    assert shown(signed_in(other), alone, owner="mine") == []


def test_a_row_shows_severity_place_owner_and_state_in_words(alone, guard):
    garage = BuildingFactory(site=alone.site, name="Garage")
    device = DeviceFactory(site=alone.site, kind="sensor")
    estate.locate_device(device, UserFactory(), garage, note="level -1")
    source = f"device:{device.pk}:smoke"
    for _each in range(3):
        incident = services.raise_incident(
            alone.site.pk, "device_alarm", source, "severe", clock.now(), {"alarm": "smoke"}
        )
    row = text(guard.get(alone.url("triage_rows"), {"id": incident.pk}))
    for words in ("severe", "Device alarm: smoke", "Garage · level -1", "detected", "3×"):
        assert words in row
    services.acknowledge(incident, UserFactory(username="wang"))
    row = text(guard.get(alone.url("triage_rows"), {"id": incident.pk}))
    assert "wang" in row
    assert "triage-new" not in row


def test_the_rows_of_incidents_that_left_are_left_out(alone, guard):
    stays, leaves = raised(alone), raised(alone)
    services.review(leaves, UserFactory(), confirmed=False, reason="a test")
    query = {"id": [stays.pk, leaves.pk, 999_999, "x"]}
    assert text(guard.get(alone.url("triage_rows"), query)).count("<li") == 1


def change_state(incident):
    services.acknowledge(incident, UserFactory())


def rise(incident):
    services.raise_incident(
        incident.site_id, incident.kind, incident.source, "extreme", clock.now(), {}
    )


def clear(incident):
    services.clear(incident.site_id, incident.kind, incident.source)


@pytest.mark.parametrize("change", [change_state, rise, clear])
def test_a_version_differs_once_the_row_does(alone, guard, change):
    incident, other = raised(alone), raised(alone)
    before = dict(guard.get(alone.url("triage_versions")).json()["rows"])
    change(incident)
    after = dict(guard.get(alone.url("triage_versions")).json()["rows"])
    assert before[incident.pk] != after[incident.pk]
    assert before[other.pk] == after[other.pk]
    row = text(guard.get(alone.url("triage_rows"), {"id": incident.pk}))
    assert f'data-version="{after[incident.pk]}"' in row


def test_the_number_of_statements_does_not_grow_with_the_incidents(alone, guard):
    guard.get(alone.url("triage"))  # the first request of a process reads more
    counts = []
    for _round in range(2):
        for _each in range(5):
            raised(alone)
        queries = 0
        for name in ("triage", "triage_versions", "triage_rows", "triage_marks"):
            pks = list(Incident.objects.values_list("pk", flat=True))
            with CaptureQueriesContext(connection) as captured:
                guard.get(alone.url(name), {"id": pks})
            queries += len(captured)
        counts.append(queries)
    assert counts[0] == counts[1]


def test_a_page_of_many_incidents_holds_the_first_rows_alone(alone, guard):
    for _each in range(45):
        raised(alone)
    page = text(guard.get(alone.url("triage")))
    assert page.count('<li class="triage-row') == 40
    assert "<b data-triage-count>45</b>" in page


def test_the_selected_incident_stands_beside_the_list_and_is_audited(alone, guard):
    incident = raised(alone)
    page = text(guard.get(alone.url("triage"), {"incident": incident.pk}))
    assert f'data-selected="{incident.pk}"' in page
    assert alone.url("triage_acknowledge", incident.pk) in page
    assert AuditEntry.objects.filter(action="read incident", subject_id=incident.pk).exists()


def test_acknowledging_closes_no_dialog_and_reloads_the_row(alone, guard):
    incident = raised(alone)
    answer = guard.post(alone.url("triage_acknowledge", incident.pk))
    incident.refresh_from_db()
    assert (answer.status_code, incident.state) == (204, "triage")
    assert f"live:incident-{incident.pk}" in answer["HX-Trigger"]


def test_marks_stand_where_incidents_have_a_position(alone, guard):
    device = DeviceFactory(site=alone.site, kind="sensor")
    estate.locate_device(device, UserFactory(), None, note="yard", position=(121.5, 31.5))
    source = f"device:{device.pk}"
    incident = services.raise_incident(
        alone.site.pk, "device_alarm", source, "severe", clock.now(), {}
    )
    raised(alone)  # nowhere
    (mark,) = guard.get(alone.url("triage_marks")).json()["marks"]
    assert (mark["pk"], mark["severity"], mark["position"]) == (
        incident.pk,
        "severe",
        [121.5, 31.5],
    )
    assert mark["label"] == "severe: Device alarm · yard"


def test_taking_over_assigns_the_incident_and_the_procedure_is_listed(alone):
    person = hire(alone.site, StandardRole.SECURITY)
    client = signed_in(person)
    incident = raised(alone)
    services.change_procedure(alone.site, person, incident.kind, ["Call the technician"])
    assert client.post(alone.url("triage_own", incident.pk)).status_code == 204
    services.comment(incident, person, "on my way")
    incident.refresh_from_db()
    assert incident.assigned_to == person
    panel = text(client.get(alone.url("triage_incident", incident.pk)))
    for words in ("Call the technician", "on my way", "/steps/"):
        assert words in panel
    assert alone.url("triage_own", incident.pk) not in panel


def pictured(incident, offsets=(0, 3, 10), camera="North in") -> list[Evidence]:
    """Pictures that a camera took of an incident's only occurrence."""
    occurrence, at = incident.log.get(), clock.now()
    store(
        incident,
        PROVIDER,
        [
            Found(
                Evidence.Kind.PHOTO,
                f"{occurrence.pk} +{offset}",
                at + timedelta(seconds=offset),
                {"camera": camera, "offset_s": offset},
                jpeg(),
            )
            for offset in offsets
        ],
    )
    return list(incident.evidence.order_by("taken_at"))


def test_the_pictures_of_the_camera_stand_beside_the_incident_and_the_view_is_audited(alone, guard):
    incident = raised(alone, kind="device_alarm")
    pieces = pictured(incident)
    panel = text(guard.get(alone.url("triage_incident", incident.pk)))
    for piece, offset in zip(pieces, (0, 3, 10), strict=True):
        assert f'<img src="{alone.url("evidence_picture", piece.pk)}"' in panel
        assert f"North in · +{offset} s" in panel
    seen = AuditEntry.objects.filter(action="read evidence", subject_id=incident.pk)
    assert seen.count() == 1


def test_what_a_colleague_has_reported_stands_on_the_board(alone, guard):
    incident = raised(alone)
    incident.log.update(detail={"seen": "smoke at the lift"})
    assert "smoke at the lift" in text(guard.get(alone.url("triage_incident", incident.pk)))


def test_who_may_not_see_evidence_sees_no_picture_of_it(alone, technician):
    incident = raised(alone, kind="device_alarm")
    pictured(incident)
    panel = text(technician.get(alone.url("triage_incident", incident.pk)))
    assert "/evidence/" not in panel
    assert not AuditEntry.objects.filter(action="read evidence").exists()


def test_the_board_says_that_pictures_are_being_taken_and_why_there_is_none(alone, guard):
    incident = raised(alone, ago=1)
    request = PictureRequest.objects.create(occurrence=incident.log.get(), offset_s=0)
    address = alone.url("triage_incident", incident.pk)
    assert "Pictures are being taken." in text(guard.get(address))
    request.state, request.problem = "failed", "timed_out"
    request.save()
    reason = problem_label("timed_out")
    assert f"No picture could be taken: {reason}" in text(guard.get(address))


def test_escalating_names_who_is_notified_and_notifies_them(alone):
    client = signed_in(hire(alone.site, StandardRole.GUARD))
    (on_call,) = responders.on_call(alone.site, clock.now())
    address = alone.url("escalate_incident", raised(alone, "severe").pk)
    shown = client.get(address)
    assert f"<b>{on_call.display_name}</b>" in text(shown)
    step = shown.context["form"]["revision"].value()
    assert client.post(address, {"revision": step}).status_code == 204
    assert Notification.objects.filter(recipient=on_call, text="escalated").exists()
    again = client.post(address, {"revision": step})
    assert again.status_code == 422
    assert "this step was done meanwhile" in text(again).lower()
    assert again.context["form"]["revision"].value() != step


def test_escalating_explains_that_there_is_no_one_and_that_it_has_ended(alone):
    person = hire(alone.site, StandardRole.GUARD)
    Membership.objects.filter(site=alone.site).exclude(user=person).delete()
    client, incident = signed_in(person), raised(alone, "severe")
    address = alone.url("escalate_incident", incident.pk)
    assert "There is no one left to notify." in text(client.get(address))
    services.review(incident, UserFactory(), confirmed=False, reason="a test")
    assert "This incident has ended." in text(client.get(address))


def test_a_technician_works_on_an_incident_of_a_device_and_on_no_other(alone):
    person = hire(alone.site, StandardRole.TECHNICIAN)
    client = signed_in(person)
    of_device, of_door = raised(alone, kind="device_alarm"), raised(alone, kind="door_forced")
    steps = {}
    for each in (of_device, of_door):
        services.change_procedure(alone.site, person, each.kind, ["Replace the battery"])
        steps[each] = procedure(alone.site.pk, each.kind).get()
    answers = {
        each: [
            client.post(alone.url("triage_own", each.pk)).status_code,
            client.post(alone.url("comment_incident", each.pk), {"text": "done"}).status_code,
            client.post(alone.url("tick_step", each.pk, steps[each].pk)).status_code,
            client.get(alone.url("escalate_incident", each.pk)).status_code,
        ]
        for each in (of_device, of_door)
    }
    assert answers == {of_device: [204, 204, 204, 200], of_door: [404, 404, 404, 404]}
    of_device.refresh_from_db()
    assert of_device.assigned_to == person
    assert (of_device.comments.count(), of_device.ticks.count()) == (1, 1)


def test_the_help_lists_every_key_of_the_board(alone):
    client = signed_in(hire(alone.site, StandardRole.SECURITY))
    incident = raised(alone)
    address = alone.url("triage_incident", incident.pk)
    keys = set(re.findall(r'data-keys="(\w)"', text(client.get(address))))
    services.review(incident, UserFactory(), confirmed=True, reason="seen")
    keys |= set(re.findall(r'data-keys="(\w)"', text(client.get(address))))
    assert keys == set("aeorcx")
    listed = set(
        re.findall(r"<kbd>(\w)</kbd>", text(client.get(alone.url("help"), {"page": "triage"})))
    )
    assert {key.upper() for key in keys} | {"J", "K"} <= listed
