"""Faces by consent: enrolled, encrypted, withdrawn; and what an old backup is worth afterwards."""

import os
import stat
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from config.appliance.places import Home
from config.backup import create
from core import clock
from core.holdings import Identity
from core.models import AuditEntry, Notification
from core.permissions import StandardRole
from doors import holdings, jobs, tokens
from doors import services as cards
from doors.faces import enrolment, filing, key_store, removals, sealing, withdrawal
from doors.faces.purposes import PHOTO
from doors.models import Card, FacePhoto, FaceRemoval, FaceTemplate
from doors.models.faces import PURPOSE
from estate import services as estate
from people.models import ConsentGrant, Person
from tests.browsers import hire, signed_in, text
from tests.doors.entrance import Entrance
from tests.doors.faces import consent, enrolled, frame, key_files, template_of
from tests.factories import BindingFactory, DeviceFactory
from tests.gate import staff
from tests.rejections import rejected

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colours")]


@pytest.fixture
def entrance():
    return Entrance.build()


@pytest.fixture
def resident(entrance):
    return entrance.resident()


def template(person) -> tuple[float, ...]:
    row = FaceTemplate.objects.get(person=person)
    data = sealing.unseal(
        row.key_id,
        row.sealed,
        person=row.person_id,
        site=row.site_id,
        purpose=row.purpose,
        version=row.version,
    )
    return sealing.unpacked(data)


def enrol(person, *frames: bytes) -> FaceTemplate:
    return enrolment.enrol(person, staff(), frames or [frame(10)], channel="portal")


def test_who_consents_and_has_a_card_is_enrolled_in_encrypted_form(resident, settings):
    consent(resident)
    row = enrol(resident)
    assert template(resident) == pytest.approx(template_of(10))
    assert sealing.packed(template_of(10)) not in bytes(row.sealed)
    folder = settings.HOME / "face-keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    file = folder / f"{row.key_id}.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_consent_no_way_in_leads_to_a_template(resident):
    assert rejected(enrol, resident) == ("person", "no_consent")
    row = {
        "site": resident.site,
        "format": "x",
        "version": 1,
        "key_id": "k",
        "sealed": b"x",
        "enrolled_at": clock.now(),
        "enrolled_by": "shell",
    }
    for write in (
        lambda: FaceTemplate.objects.create(person=resident, **row),
        lambda: FaceTemplate.objects.bulk_create([FaceTemplate(person=resident, **row)]),
        lambda: FacePhoto.objects.create(
            person=resident,
            site=resident.site,
            version=1,
            key_id="k",
            sealed=b"x",
            taken_at=clock.now(),
        ),
    ):
        with pytest.raises(IntegrityError):
            _checked_at_once(write)


@transaction.atomic
def _checked_at_once(write):
    write()
    connection.check_constraints()


def test_a_child_is_enrolled_with_a_guardian_only(entrance):
    child = entrance.resident()
    Person.objects.filter(pk=child.pk).update(born_on=clock.now().date() - timedelta(days=4000))
    child.refresh_from_db()
    assert rejected(consent, child) == ("guardian", "missing")
    consent(child, guardian="Wang Min")
    assert enrol(child).person == child


def test_another_way_in_has_to_be_active_first(entrance, resident):
    consent(resident)
    card = Card.objects.get(person=resident)
    cards.report_lost(card, staff())
    assert rejected(enrol, resident) == ("person", "no_other_means")
    tokens.issue_code(entrance.site, staff(), person=resident)
    assert enrol(resident).person == resident


def test_the_face_may_not_be_the_only_way_at_one_of_the_doors(entrance, resident):
    consent(resident)
    camera = DeviceFactory(site=entrance.site, driver="face-request", kind="door")
    door = estate.create_door(entrance.site, "test", code="yard", name="Yard", decides="device")
    entrance.group.doors.add(door)
    estate.connect_device(door, camera, "test")
    assert rejected(enrol, resident) == ("person", "no_other_means_at_door")


@pytest.mark.parametrize(("faces", "code"), [(0, "no_face"), (2, "several_faces")])
def test_a_photo_that_does_not_suffice_is_refused_with_the_reason(resident, faces, code):
    consent(resident)
    assert rejected(enrol, resident, frame(10, faces)) == ("photo", code)
    assert rejected(enrol, resident, b"no image") == ("photo", "not_an_image")
    assert not FaceTemplate.objects.filter(person=resident).exists()


def test_without_the_engine_nobody_is_enrolled(resident, colours):
    consent(resident)
    colours.is_absent = True
    assert rejected(enrol, resident) == ("photo", "engine_unavailable")


def test_a_row_that_is_copied_to_another_person_does_not_decrypt(entrance, resident):
    other = enrolled(entrance.resident(), 90)
    enrolled(resident)
    row = FaceTemplate.objects.get(person=resident)
    FaceTemplate.objects.filter(person=resident).delete()
    FaceTemplate.objects.filter(person=other).update(sealed=row.sealed, key_id=row.key_id)
    with pytest.raises(sealing.Unreadable):
        template(other)


def test_enrolling_again_destroys_the_former_key(
    resident, settings, django_capture_on_commit_callbacks
):
    enrolled(resident)
    before = key_files(settings.HOME)
    with django_capture_on_commit_callbacks(execute=True):
        enrol(resident, frame(20))
    after = key_files(settings.HOME)
    assert len(after) == 1
    assert after != before
    assert template(resident) == pytest.approx(template_of(20))
    assert withdrawal.proof_of(resident) is None


def test_a_withdrawal_deletes_rows_and_key_at_once(
    resident, settings, django_capture_on_commit_callbacks
):
    enrolled(resident)
    with django_capture_on_commit_callbacks(execute=True):
        withdrawal.withdraw(resident, staff(), channel="portal")
    assert not FaceTemplate.objects.filter(person=resident).exists()
    assert not FacePhoto.objects.filter(person=resident).exists()
    assert key_files(settings.HOME) == []
    proof = withdrawal.proof_of(resident)
    assert proof.key_destroyed_at >= proof.ordered_at


def test_whoever_deletes_the_consent_the_key_is_destroyed_within_the_minute(resident, settings):
    enrolled(resident)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_consentgrant WHERE person_id = %s", [resident.pk])
    assert not FaceTemplate.objects.filter(person=resident).exists()
    assert len(key_files(settings.HOME)) == 1
    jobs.destroy_face_keys()
    assert key_files(settings.HOME) == []


def test_after_a_withdrawal_the_template_of_an_old_backup_opens_nothing(
    resident, django_capture_on_commit_callbacks
):
    enrolled(resident)
    row, grant = (model.objects.get(person=resident) for model in (FaceTemplate, ConsentGrant))
    with django_capture_on_commit_callbacks(execute=True):
        withdrawal.withdraw(resident, staff(), channel="portal")
    grant.save(force_insert=True)
    row.save(force_insert=True)
    with pytest.raises(key_store.KeyMissing):
        template(resident)
    assert jobs.delete_lost_faces() == 1
    assert not FaceTemplate.objects.filter(person=resident).exists()
    assert AuditEntry.objects.filter(action="delete face without key").exists()


def test_the_owner_of_a_template_without_key_is_asked_to_enrol_again(entrance, resident):
    binding = BindingFactory(person=resident, site=entrance.site, state="approved")
    enrolled(resident)
    key_store.destroy(FaceTemplate.objects.get(person=resident).key_id)
    removals.delete_orphans()
    notified = Notification.objects.get(recipient=binding.user, kind="face")
    assert notified.path == reverse("portal:own_face", args=[binding.pk, resident.pk])


def test_a_key_without_a_template_is_destroyed_after_a_while(settings):
    name, _key = key_store.create()
    removals.delete_orphans()
    assert key_store.exists(name)
    later = (clock.now() - timedelta(hours=2)).timestamp()
    os.utime(settings.HOME / "face-keys" / f"{name}.key", (later, later))
    removals.delete_orphans()
    assert not key_store.exists(name)


def test_beyond_the_limit_enrolment_waits_for_the_number_of_the_filing(
    entrance, resident, monkeypatch
):
    organisation = entrance.site.organisation
    other = enrolled(entrance.resident())
    monkeypatch.setattr(filing, "WARNING_AT", 1)
    assert filing.count_of(organisation).is_near
    monkeypatch.setattr(filing, "FILING_AT", 1)
    consent(resident)
    assert rejected(enrol, resident) == ("person", "filing_needed")
    assert enrol(other).person == other  # who is counted already may enrol again
    assert rejected(filing.enter_number, entrance.site, staff(), " ") == ("number", "invalid")
    filing.enter_number(entrance.site, staff(), "GA-2026-17")
    assert enrol(resident).person == resident


def test_the_last_occupancy_ends_the_face_now_or_later(resident, settings):
    enrolled(resident)
    later = clock.now() + timedelta(days=1)
    withdrawal.end_face_of(resident, later)
    assert jobs.destroy_face_keys() == 0
    FaceTemplate.objects.filter(person=resident).update(ends_at=clock.now())
    jobs.destroy_face_keys()
    assert not FaceTemplate.objects.filter(person=resident).exists()
    assert key_files(settings.HOME) == []


def test_of_a_face_the_facts_are_exported_and_everything_is_erased(resident, settings):
    enrolled(resident)
    identity = Identity(resident.site_id, resident.pk)
    (row,) = dict(holdings.export(identity))["face at doors"]
    assert row.keys() == {"enrolled_at", "enrolled_by", "ends_at"}
    holdings.erase(identity)
    jobs.destroy_face_keys()
    assert not FaceTemplate.objects.filter(person=resident).exists()
    assert key_files(settings.HOME) == []
    assert not FaceRemoval.objects.filter(key_destroyed_at=None).exists()


def test_every_enrolment_and_withdrawal_is_recorded_without_a_number_of_the_face(resident):
    enrolled(resident)
    withdrawal.withdraw(resident, staff(), channel="portal")
    entries = AuditEntry.objects.filter(subject_type="person", subject_id=str(resident.pk))
    actions = list(entries.order_by("pk").values_list("action", flat=True))
    assert actions == ["consent given", "enrol face", "consent withdrawn"]
    assert PURPOSE in str(entries.first().detail)
    assert PHOTO not in str(entries.first().detail)


def test_a_backup_contains_no_key_and_no_folder_of_keys(resident, settings, tmp_path):
    enrolled(resident)
    key = key_store.load(FaceTemplate.objects.get(person=resident).key_id)
    home, folder = Home.at(settings.HOME), tmp_path / "backup"
    home.create()
    folder.mkdir()
    create._write_files(folder, home, "", lambda line: None)
    written = b"".join(each.read_bytes() for each in folder.iterdir())
    assert written
    assert key not in written
    assert key_store.folder().name.encode() not in written


def test_a_dialog_says_when_only_the_face_would_be_left(entrance, resident):
    enrolled(resident)
    site, card = entrance.site, Card.objects.get(person=resident)
    manager = signed_in(hire(site, StandardRole.MANAGER))

    def warns(step: str, pk: int) -> bool:
        return "only way in" in text(manager.get(reverse(f"console:{step}", args=[site.slug, pk])))

    steps = ("return_card", "report_card_lost", "suspend_card")
    assert all(warns(step, card.pk) for step in steps)
    token, _pin = tokens.issue_pin(site, staff(), person=resident)
    assert not any(warns(step, card.pk) for step in steps)
    tokens.suspend_token(token, staff(), "away")
    assert all(warns(step, card.pk) for step in steps)
    assert not warns("end_token", token.pk)
