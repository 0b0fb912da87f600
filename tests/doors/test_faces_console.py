"""Faces in the console: who is enrolled, enrolment at the desk, withdrawal, the filing."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.models import AuditEntry
from core.permissions import StandardRole
from doors.faces import filing
from doors.faces.purposes import PHOTO
from doors.models import Card, FaceTemplate
from doors.models.faces import PURPOSE
from people.consents import has_consented, statements_of
from people.models import Person
from tests.browsers import hire, signed_in, text
from tests.doors.entrance import Entrance
from tests.doors.faces import consent, enrolled, frame

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colours")]
AGREED = {"agreed": "on"}


@pytest.fixture
def entrance():
    return Entrance.build()


@pytest.fixture
def resident(entrance):
    return entrance.resident()


@pytest.fixture
def desk(entrance):
    return signed_in(hire(entrance.site, StandardRole.SECURITY))


def url(person, name):
    return reverse(f"console:{name}", args=[person.site.slug, person.pk])


def faces_page(desk, entrance, **query):
    return text(desk.get(reverse("console:faces", args=[entrance.site.slug]), query))


def send(desk, person, *frames: bytes):
    files = [SimpleUploadedFile("0.jpg", each, "image/jpeg") for each in frames]
    return desk.post(url(person, "enrol_face"), {"frames": files})


def make_child(person) -> None:
    Person.objects.filter(pk=person.pk).update(born_on=clock.now().date() - timedelta(days=4000))


def test_who_is_present_consents_and_is_enrolled_at_the_desk(desk, resident):
    dialog = text(desk.get(url(resident, "consent_to_face")))
    assert "whoever does not agree has no disadvantage" in dialog
    assert desk.post(url(resident, "consent_to_face"), AGREED).status_code == 204
    given = statements_of(resident).get()
    assert (given.purpose, given.channel, given.text_version) == (PURPOSE, "desk", 1)
    page = desk.get(url(resident, "enrol_face"))
    assert page["Permissions-Policy"].startswith("camera=(self)")
    assert send(desk, resident, frame(10), frame(10)).status_code == 303
    template = FaceTemplate.objects.get(person=resident)
    assert template.enrolled_by == given.recorded_by
    assert AuditEntry.objects.get(action="enrol face").detail == {"channel": "desk"}


def test_the_list_has_names_and_no_picture(desk, entrance, resident):
    enrolled(resident)
    shown = faces_page(desk, entrance)
    assert resident.name in shown
    assert "<img" not in shown.partition("<main")[2]
    assert resident.name not in faces_page(desk, entrance, q="somebody else")


def test_a_page_of_the_list_takes_as_many_statements_however_many_are_enrolled(desk, entrance):
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            faces_page(desk, entrance)
        return len(asked)

    enrolled(entrance.resident())
    faces_page(desk, entrance)
    before = statements()
    for colour in (40, 80):
        enrolled(entrance.resident(), colour)
    assert statements() == before


def test_without_the_tick_no_consent_is_recorded(desk, resident):
    assert desk.post(url(resident, "consent_to_face"), {}).status_code == 422
    assert not has_consented(resident, PURPOSE)


def test_for_a_child_the_guardian_is_named(desk, resident):
    make_child(resident)
    assert desk.post(url(resident, "consent_to_face"), AGREED).status_code == 422
    values = {**AGREED, "guardian": "Wang Min"}
    assert desk.post(url(resident, "consent_to_face"), values).status_code == 204
    assert statements_of(resident).get().guardian == "Wang Min"


def test_without_another_way_in_no_consent_is_asked_for(desk, resident):
    Card.objects.filter(person=resident).update(state="suspended")
    shown = text(desk.get(url(resident, "person_face")))
    assert "A card, a code or a PIN has to open the doors as well." in shown
    assert url(resident, "consent_to_face") not in shown
    assert desk.post(url(resident, "consent_to_face"), AGREED).status_code == 422
    assert not has_consented(resident, PURPOSE)


def test_without_consent_there_is_no_camera_and_no_hint(desk, resident, colours):
    assert desk.get(url(resident, "enrol_face")).status_code == 303
    answer = desk.post(url(resident, "judge_face"), frame(10), content_type="image/jpeg")
    assert answer.status_code == 422
    assert send(desk, resident, frame(10)).status_code == 303
    assert colours.seen == []
    assert not FaceTemplate.objects.exists()


def test_hints_at_the_desk_are_the_portal_s(desk, resident):
    consent(resident)
    answer = desk.post(url(resident, "judge_face"), frame(10, 2), content_type="image/jpeg")
    assert not json.loads(answer.content)["suffices"]
    answer = send(desk, resident, frame(10, 2))
    assert answer.status_code == 422
    assert "more than one face" in text(answer)


def test_a_withdrawal_at_the_desk_deletes_the_face_and_the_photo_s_consent(desk, resident):
    enrolled(resident)
    desk.post(url(resident, "keep_face_photo"), AGREED)
    assert has_consented(resident, PHOTO)
    desk.post(url(resident, "delete_face_photo"))
    assert (has_consented(resident, PHOTO), has_consented(resident, PURPOSE)) == (False, True)
    desk.post(url(resident, "withdraw_face"))
    assert not FaceTemplate.objects.filter(person=resident).exists()
    assert statements_of(resident).first().channel == "desk"
    assert "Withdrawn." in text(desk.get(url(resident, "person_face")))


def test_the_photo_is_not_kept_for_who_has_not_consented_to_the_face(desk, resident):
    assert desk.post(url(resident, "keep_face_photo"), AGREED).status_code == 422
    assert not has_consented(resident, PHOTO)


def test_the_filing_is_warned_of_and_entered(desk, entrance, resident, monkeypatch):
    enrolled(resident)
    monkeypatch.setattr(filing, "WARNING_AT", 1)
    assert "Prepare the filing" in faces_page(desk, entrance)
    monkeypatch.setattr(filing, "FILING_AT", 1)
    assert "until the number of the filing is entered" in faces_page(desk, entrance)
    address = reverse("console:enter_face_filing", args=[entrance.site.slug])
    assert desk.post(address, {"number": ""}).status_code == 422
    desk.post(address, {"number": "沪网信备 2026-7"})
    shown = faces_page(desk, entrance)
    assert "沪网信备 2026-7" in shown
    assert "until the number" not in shown


def test_an_engine_that_can_not_be_used_is_named_with_the_reason(desk, entrance, monkeypatch):
    problem = LookupError("dlib is not installed")
    monkeypatch.setattr("doors.faces.engine.problem", lambda: problem)
    assert "dlib is not installed" in faces_page(desk, entrance)


def test_the_dialog_that_chooses_a_person_leads_to_the_page(desk, entrance, resident):
    address = reverse("console:choose_face", args=[entrance.site.slug])
    values = {"name": resident.name, "person": str(resident.pk)}
    answer = desk.post(address, values, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == url(resident, "person_face")


def test_the_person_s_page_links_to_the_face(desk, resident):
    enrolled(resident)
    shown = text(desk.get(reverse("console:person", args=[resident.site.slug, resident.pk])))
    assert url(resident, "person_face") in shown
    assert "Enrolled since" in shown
