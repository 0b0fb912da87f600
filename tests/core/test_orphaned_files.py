"""Files that no row names are deleted after a day, and every other file stays."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from config.jobs import delete_orphaned_files
from core import clock, orphaned_files, photos
from incidents.evidence import Found, storing
from incidents.models import Evidence
from tests.factories import LaneFactory
from tests.gate import GateScene
from tests.incidents.evidence.scene import force_barrier
from tests.photos import jpeg

pytestmark = pytest.mark.django_db
FOLDERS = ("passages", "evidence", "camera-tests", "incident-exports", "meters")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def age(media, hours):
    """Make all files so many hours old."""
    at = (clock.now() - timedelta(hours=hours)).timestamp()
    for file in media.rglob("*.*"):
        os.utime(file, (at, at))


def files(media):
    return {str(each.relative_to(media)) for each in media.rglob("*") if each.is_file()}


def test_each_folder_of_personal_files_is_declared():
    assert set(FOLDERS) <= set(orphaned_files._folders)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_file_without_a_row_goes_after_a_day_and_not_before(media, folder):
    photos.store(jpeg(), clock.now(), folder)
    age(media, 23)
    assert delete_orphaned_files() == 0
    age(media, 25)
    assert delete_orphaned_files() == 1
    assert files(media) == set()


def test_a_picture_whose_transaction_was_rolled_back_goes_and_the_stored_one_stays(media):
    incident = force_barrier(LaneFactory())
    with transaction.atomic():
        storing.store(incident, "camera", [Found("photo", "1", clock.now(), {}, jpeg())])
        transaction.set_rollback(True)
    storing.store(incident, "camera", [Found("photo", "2", clock.now(), {}, jpeg())])
    assert len(files(media)) == 2
    age(media, 48)
    assert delete_orphaned_files() == 1
    assert files(media) == {Evidence.objects.get().image}


def test_the_photo_of_a_passage_stays(media):
    gate = GateScene.build()
    passage = gate.sees(gate.entry, "沪A11111", image=jpeg())
    stray = photos.store(jpeg(), passage.received_at)
    age(media, 48)
    assert delete_orphaned_files() == 1
    assert files(media) == {passage.image}
    assert not (media / stray).exists()


def test_files_that_no_room_has_declared_stay(media):
    for name in ("documents/1.pdf", "passages.txt"):
        path = Path(media / name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    age(media, 100)
    assert delete_orphaned_files() == 0
    assert files(media) == {"documents/1.pdf", "passages.txt"}


def test_a_failing_query_deletes_nothing(media, monkeypatch):
    photos.store(jpeg(), clock.now(), "evidence")
    age(media, 48)

    def fails(names):
        raise RuntimeError("the database is away")

    monkeypatch.setitem(orphaned_files._folders, "evidence", fails)
    with pytest.raises(RuntimeError):
        delete_orphaned_files()
    assert len(files(media)) == 1
