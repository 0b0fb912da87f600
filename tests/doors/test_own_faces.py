"""A resident's face in the portal: consent first, then the camera; withdrawal with its proof."""

import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core import clock
from core.models import AuditEntry
from doors import granting
from doors.faces import withdrawal
from doors.faces.purposes import PHOTO
from doors.granting import Holder
from doors.models import DeviceEntry, FaceRemoval, FaceTemplate
from doors.models.faces import PURPOSE
from estate import services as estate
from people.consents import has_consented, statements_of
from people.models import Person
from tests.browsers import signed_in, text
from tests.doors.entrance import Entrance
from tests.doors.faces import JPEG, consent, enrolled, frame, key_files
from tests.factories import BindingFactory, DeviceFactory, OccupancyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colours")]
AGREED = {"agree": "yes", "version": "1"}


@pytest.fixture
def entrance():
    return Entrance.build()


@pytest.fixture
def binding(entrance):
    """Who owns a flat, has a right at the entrance and a card."""
    home = OccupancyFactory(person__site=entrance.site, person__name="Li Na", role="owner")
    entrance.card_of(home.person)
    granting.grant(entrance.group, "test", Holder(person=home.person), reason="moved in")
    return BindingFactory(person=home.person)


@pytest.fixture
def resident(binding):
    return signed_in(binding.user)


@pytest.fixture
def child(entrance, binding):
    """A child of the home, who has a card."""
    unit = binding.person.occupancies.get().unit
    made = OccupancyFactory(person__site=entrance.site, unit=unit, role="family").person
    Person.objects.filter(pk=made.pk).update(
        name="Li Xiao", born_on=clock.now().date() - timedelta(days=4000)
    )
    made.refresh_from_db()
    entrance.card_of(made)
    granting.grant(entrance.group, "test", Holder(person=made), reason="moved in")
    return made


@pytest.fixture
def terminal(entrance):
    """A terminal that decides by itself, at a door of the group."""
    door = estate.create_door(
        entrance.site, "test", code="house-3", name="House 3", decides="device"
    )
    entrance.group.doors.add(door)
    made = DeviceFactory(site=entrance.site, driver="face-mqtt", kind="door", state="online")
    estate.connect_device(door, made, "test")
    return made


def url(binding, name, person=None):
    return reverse(f"portal:{name}", args=[binding.pk, (person or binding.person).pk])


def photo(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("0.jpg", content, "image/jpeg")


def send(resident, binding, *frames: bytes, person=None):
    """Post the frames as the camera does."""
    files = [photo(each) for each in frames]
    return resident.post(url(binding, "enrol_own_face", person), {"frames": files})


def judged(resident, binding, content: bytes):
    answer = resident.post(url(binding, "judge_own_face"), content, content_type="image/jpeg")
    return answer.status_code, json.loads(answer.content)


def test_who_reads_and_agrees_looks_into_the_camera_and_is_enrolled(binding, resident):
    shown = text(resident.get(url(binding, "own_face")))
    assert "Refusing costs nothing" in shown
    assert binding.person.face_templates.count() == 0
    answer = resident.post(url(binding, "agree_to_face"), AGREED)
    assert answer["Location"] == url(binding, "enrol_own_face")
    given = statements_of(binding.person).get()
    assert (given.purpose, given.text_version, given.channel) == (PURPOSE, 1, "portal")
    page = resident.get(answer["Location"])
    assert page["Permissions-Policy"].startswith("camera=(self)")
    assert url(binding, "judge_own_face") in text(page)
    assert send(resident, binding, *[frame(10)] * 5).status_code == 302
    assert "Enrolled since" in text(resident.get(url(binding, "own_face")))
    entry = AuditEntry.objects.get(action="enrol face")
    assert (entry.actor, entry.detail) == (binding.user.username, {"channel": "portal"})


def test_only_the_page_with_the_camera_may_use_it(binding, resident):
    policy = resident.get(url(binding, "own_face"))["Permissions-Policy"]
    assert policy.startswith("camera=()")


@pytest.mark.parametrize("values", [{}, {"agree": "yes"}, {**AGREED, "version": "2"}])
def test_without_the_tick_under_the_present_text_no_consent_is_recorded(binding, resident, values):
    answer = resident.post(url(binding, "agree_to_face"), values)
    assert answer.status_code == 422
    assert "tick that you agree" in text(answer)
    assert not has_consented(binding.person, PURPOSE)


def test_hints_come_from_the_engine_and_leave_nothing_behind(binding, resident, settings):
    consent(binding.person)
    assert judged(resident, binding, frame(10)) == (200, {"suffices": True, "hint": "Hold still"})
    status, two = judged(resident, binding, frame(10, faces=2))
    assert (status, two["suffices"]) == (200, False)
    assert "no picture of a face" in two["hint"]
    assert key_files(settings.HOME) == []
    assert not FaceTemplate.objects.exists()


def test_without_consent_no_frame_is_even_judged(binding, resident, colours):
    assert judged(resident, binding, frame(10))[0] == 422
    assert colours.seen == []


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no image", "cannot be opened"), (b"x" * 3_000_000, "too large"), (b"", "no photo")],
    ids=["no image", "too large", "empty"],
)
def test_a_frame_that_is_no_photo_is_refused_with_the_reason(binding, resident, content, said):
    consent(binding.person)
    status, answer = judged(resident, binding, content)
    assert (status, answer["suffices"]) == (422, False)
    assert said in answer["hint"].lower()


def test_while_the_engine_does_not_answer_the_hint_says_so(binding, resident, colours):
    consent(binding.person)
    colours.is_absent = True
    status, answer = judged(resident, binding, frame(10))
    assert status == 422
    assert "Photos can&#x27;t" in text(send(resident, binding, frame(10)))
    assert answer["hint"].startswith("Photos can't be checked")


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([frame(10, faces=2)], "more than one face"),
        ([frame(10, faces=0)], "No face is seen"),
        ([b"no image"], "cannot be opened"),
        ([frame(10)] * 6, "too large"),
        ([], "There is no photo"),
    ],
    ids=["two faces", "no face", "no image", "six frames", "none"],
)
def test_photos_that_do_not_suffice_are_refused_and_nothing_is_stored(
    binding, resident, settings, frames, said
):
    consent(binding.person)
    answer = send(resident, binding, *frames)
    assert answer.status_code == 422
    assert said in text(answer)
    assert not FaceTemplate.objects.filter(person=binding.person).exists()
    assert key_files(settings.HOME) == []


def test_a_consent_that_was_withdrawn_meanwhile_enrols_nobody(binding, resident):
    consent(binding.person)
    resident.get(url(binding, "enrol_own_face"))
    withdrawal.withdraw(binding.person, "test", channel="desk")
    answer = send(resident, binding, frame(10))
    assert answer["Location"] == url(binding, "own_face")
    assert not FaceTemplate.objects.filter(person=binding.person).exists()


def test_without_another_way_in_no_consent_is_taken_and_the_page_says_where_to_get_one(
    entrance, resident, binding
):
    binding.person.cards.update(state="suspended")
    shown = text(resident.get(url(binding, "own_face")))
    assert "A card, a code or a PIN has to open the doors as well." in shown
    assert reverse("portal:own_doors", args=[binding.pk]) in shown
    assert resident.post(url(binding, "agree_to_face"), AGREED).status_code == 422
    assert not has_consented(binding.person, PURPOSE)


def test_without_the_engine_no_consent_is_asked_for(binding, resident, monkeypatch):
    monkeypatch.setattr("doors.faces.enrolment.problem", lambda: LookupError("none"))
    shown = text(resident.get(url(binding, "own_face")))
    assert "Photos can&#x27;t be checked at the moment." in shown
    assert "agree" not in shown.replace("agree_", "")
    assert resident.post(url(binding, "agree_to_face"), AGREED).status_code == 422


def test_a_guardian_consents_for_a_child_of_the_home(binding, resident, child):
    assert child.name in text(resident.get(reverse("portal:own_faces", args=[binding.pk])))
    resident.post(url(binding, "agree_to_face", child), AGREED)
    assert statements_of(child).get().guardian == "Li Na"
    send(resident, binding, frame(30), person=child)
    assert FaceTemplate.objects.get().person == child


def test_a_child_can_not_agree_alone_but_withdraw(child):
    own = BindingFactory(person=child)
    browser = signed_in(own.user)
    assert "a guardian decides" in text(browser.get(url(own, "own_face")))
    assert browser.post(url(own, "agree_to_face"), AGREED).status_code == 422
    consent(child, guardian="Li Na")
    browser.post(url(own, "withdraw_own_face"))
    assert not has_consented(child, PURPOSE)


def test_other_adults_and_other_homes_are_not_found(entrance, binding, resident):
    unit = binding.person.occupancies.get().unit
    adult = OccupancyFactory(person__site=entrance.site, unit=unit, role="family").person
    for person in (adult, entrance.resident()):
        for name in ("own_face", "enrol_own_face", "withdraw_own_face"):
            assert resident.get(url(binding, name, person)).status_code == 404
        assert resident.post(url(binding, "agree_to_face", person), AGREED).status_code == 404
        assert resident.post(url(binding, "judge_own_face", person)).status_code == 404


def test_the_photo_is_kept_by_a_consent_of_its_own(binding, resident, terminal):
    enrolled(binding.person)
    values = {**AGREED, "keep": "yes"}
    assert resident.post(url(binding, "keep_own_face_photo"), {"keep": "yes"}).status_code == 422
    resident.post(url(binding, "keep_own_face_photo"), values)
    assert has_consented(binding.person, PHOTO)
    resident.post(url(binding, "keep_own_face_photo"), {"keep": "no"})
    assert not has_consented(binding.person, PHOTO)
    assert not binding.person.face_photos.exists()
    assert has_consented(binding.person, PURPOSE)


def answered(terminal, person, **values) -> None:
    """The terminal's answer to its last order about the person, as far as pages show it."""
    rows = DeviceEntry.objects.filter(device=terminal, person=person)
    assert rows.update(answered_at=clock.now(), command=None, **values) == 1


def loaded(terminal, person) -> None:
    """The terminal has confirmed that it has the person's face."""
    row = DeviceEntry.objects.get(device=terminal, person=person)
    there = {"digest": row.digest, "face": row.face, "card": ""}
    answered(terminal, person, state="on_device", loaded=there)


def test_a_withdrawal_is_asked_for_once_and_followed_to_the_last_terminal(
    binding, resident, terminal, django_capture_on_commit_callbacks
):
    enrolled(binding.person)
    loaded(terminal, binding.person)
    assert "House 3" in text(resident.get(url(binding, "own_face")))
    asked = text(resident.get(url(binding, "withdraw_own_face")))
    assert "1 terminal is ordered to delete the face" in asked
    with django_capture_on_commit_callbacks(execute=True):
        resident.post(url(binding, "withdraw_own_face"))
    waiting = text(resident.get(url(binding, "own_face_devices")))
    assert "Key destroyed" in waiting
    assert "0 of 1 device confirmed." in waiting
    assert "hx-trigger" in waiting
    answered(terminal, binding.person, state="gone", loaded={})
    done = text(resident.get(url(binding, "own_face_devices")))
    assert re.search(r"1 of 1 device confirmed, \d\d:\d\d\.", done)
    assert "House 3" in done
    assert "hx-trigger" not in done


def test_a_terminal_that_is_offline_is_listed_until_it_confirms(
    binding, resident, terminal, django_capture_on_commit_callbacks
):
    enrolled(binding.person)
    loaded(terminal, binding.person)
    type(terminal).objects.filter(pk=terminal.pk).update(state="offline")
    with django_capture_on_commit_callbacks(execute=True):
        resident.post(url(binding, "withdraw_own_face"))
    assert "offline; deletes it when it is back" in text(resident.get(url(binding, "own_face")))


def test_a_terminal_that_needs_a_photo_asks_for_another_enrolment(binding, resident, terminal):
    enrolled(binding.person)
    answered(terminal, binding.person, state="needs_photo", loaded={})
    shown = text(resident.get(url(binding, "own_face")))
    assert "A terminal needs a new photo" in shown
    assert url(binding, "enrol_own_face") in shown


def test_enrolling_again_replaces_the_face(binding, resident):
    enrolled(binding.person)
    assert "Enrol again" in text(resident.get(url(binding, "own_face")))
    send(resident, binding, frame(40))
    assert FaceTemplate.objects.filter(person=binding.person).count() == 1
    assert FaceRemoval.objects.get(person_number=binding.person.pk).is_replaced


def test_no_picture_is_in_a_row_a_file_or_a_log(
    binding, resident, terminal, settings, caplog, tmp_path
):
    consent(binding.person)
    content = frame(10)
    with caplog.at_level("DEBUG"):
        judged(resident, binding, content)
        send(resident, binding, content)
    assert JPEG not in bytes(binding.person.face_photos.get().sealed)
    assert "PNG" not in caplog.text
    files = [each for each in settings.HOME.rglob("*") if each.is_file()]
    assert not [each for each in files if content in each.read_bytes()]


def test_large_frames_are_not_written_to_a_disk(binding, resident, settings, tmp_path, colours):
    settings.FILE_UPLOAD_TEMP_DIR = "/nonexistent"  # a file written there would fail
    consent(binding.person)
    padded = frame(10) + b"\0" * 3_000_000
    assert send(resident, binding, padded).status_code == 302
