"""Photos for terminals: kept until these have them, handed out once, and at most seven days."""

from datetime import timedelta

import pytest

from core import clock
from core.models import AuditEntry
from doors import jobs
from doors.faces import photos, withdrawal
from doors.faces.purposes import PHOTO
from doors.models import FacePhoto, FacePhotoLink
from estate import services as estate
from tests.doors.entrance import Entrance
from tests.doors.faces import JPEG, consent, enrolled
from tests.factories import DeviceFactory
from tests.gate import staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("colours")]


@pytest.fixture
def entrance():
    """An entrance with a terminal that decides by itself, beside the door with the reader."""
    made = Entrance.build()
    door = estate.create_door(made.site, "test", code="hall", name="Hall", decides="device")
    made.group.doors.add(door)
    terminal = DeviceFactory(site=made.site, driver="face-mqtt", kind="door")
    estate.connect_device(door, terminal, "test")
    made.terminal = terminal
    return made


@pytest.fixture
def resident(entrance):
    return enrolled(entrance.resident())


def test_without_terminals_no_photo_is_kept():
    person = enrolled(Entrance.build().resident())
    assert not photos.has_photo(person)
    assert photos.link_for(person.pk, DeviceFactory(site=person.site).pk) == ""


def test_a_terminal_fetches_a_photo_once(entrance, resident):
    token = photos.link_for(resident.pk, entrance.terminal.pk)
    assert photos.fetch("another") is None
    assert photos.fetch(token) == JPEG
    assert photos.fetch(token) is None
    entry = AuditEntry.objects.get(action="send face photo")
    assert entry.detail == {"device": entrance.terminal.code}


def test_an_old_link_fetches_nothing(entrance, resident):
    token = photos.link_for(resident.pk, entrance.terminal.pk)
    FacePhotoLink.objects.update(expires_at=clock.now())
    assert photos.fetch(token) is None


def test_the_photo_is_deleted_once_the_terminals_have_it(resident):
    photos.delete_confirmed(resident)
    assert not photos.has_photo(resident)


def test_the_photo_is_deleted_after_seven_days(resident):
    jobs.delete_lost_faces()
    assert photos.has_photo(resident)
    FacePhoto.objects.update(taken_at=clock.now() - timedelta(days=7, minutes=1))
    jobs.delete_lost_faces()
    assert not photos.has_photo(resident)


def test_with_a_consent_of_its_own_the_photo_is_kept_until_that_is_withdrawn(resident):
    consent(resident, PHOTO)
    FacePhoto.objects.update(taken_at=clock.now() - timedelta(days=30))
    photos.delete_confirmed(resident)
    jobs.delete_lost_faces()
    assert photos.has_photo(resident)
    withdrawal.withdraw_photo(resident, staff(), channel="portal")
    assert not photos.has_photo(resident)


def test_with_the_consent_the_links_are_gone_too(entrance, resident):
    token = photos.link_for(resident.pk, entrance.terminal.pk)
    withdrawal.withdraw(resident, staff(), channel="portal")
    assert photos.fetch(token) is None
    assert not FacePhotoLink.objects.exists()
