"""Several frames of one car: one passage, one reading, one life."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from access import jobs, services
from access.models import Passage, PassageFrame
from access.photo_queue import read_next_photo
from access.retention import photos_in_use
from core import clock, photos
from core.models import AuditEntry
from core.permissions import StandardRole
from devices.vision.plates import UnreadableImage
from parking.models import Stay
from tests.access.readers import JPEG, Reading
from tests.browsers import hire, signed_in
from tests.factories import VehicleFactory
from tests.gate import GateScene, open_commands, staff

pytestmark = pytest.mark.django_db

FRAMES = tuple(JPEG + bytes([n]) for n in range(6))


class Voting(Reading):
    """Finds one text, best shown by one of the frames, and notes what it was given."""

    def __init__(self, *found, shown=0, **more):
        super().__init__(*found, **more)
        self.given = []
        self.found = [replace(each, frame=shown) for each in self.found]

    def read(self, image, *more):
        return self.read_frames([image], *more)

    def read_frames(self, images, *more):
        self.given.append(list(images))
        if self.error:
            raise self.error
        return self.found


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def images_of(passage: Passage) -> list[bytes]:
    """The photos of a passage, its own first."""
    passage.refresh_from_db()
    further = passage.frames.order_by("pk").values_list("image", flat=True)
    return [photos.load(each) for each in (passage.image, *further)]


def test_the_frames_of_one_message_are_read_together(gate):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], more_images=FRAMES[1:5])
    reader = Voting("粤B12345", 0.99)
    assert read_next_photo(reader).rule == "tariff"
    assert reader.given == [list(FRAMES[:5])]
    assert Passage.objects.get(site=gate.site) == passage


def test_the_best_frame_becomes_the_photo_of_the_passage(gate):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], more_images=FRAMES[1:3])
    read_next_photo(Voting("粤B12345", 0.99, shown=2))
    assert images_of(passage) == [FRAMES[2], FRAMES[1], FRAMES[0]]


def test_frames_of_one_visit_that_come_one_by_one_make_one_passage(gate):
    first = gate.sees(gate.entry, "", image=FRAMES[0], visit="v1")
    for frame in FRAMES[1:]:
        assert gate.sees(gate.entry, "", image=frame, visit="v1") == first
    assert images_of(first) == list(FRAMES[:5])
    assert gate.sees(gate.entry, "", image=FRAMES[0], visit="v2") != first


def test_the_id_of_a_visit_is_another_cars_after_a_minute_and_at_another_camera(gate):
    first = gate.sees(gate.entry, "", image=JPEG, visit="v1", ago=timedelta(seconds=61))
    second = gate.sees(gate.entry, "", image=JPEG, visit="v1")
    assert second != first
    assert gate.sees(gate.exit, "", image=JPEG, visit="v1") != second


def test_a_further_frame_is_read_where_the_first_was_not_certain(gate):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], visit="v1")
    assert read_next_photo(Voting("粤B12345", 0.6)).rule == "confidence"
    gate.sees(gate.entry, "", image=FRAMES[1], visit="v1")
    reader = Voting("粤B12345", 0.99, shown=1)
    assert read_next_photo(reader).passage == passage
    assert reader.given == [list(FRAMES[:2])]
    assert open_commands(gate.entry) == 1


def test_a_frame_that_arrives_while_the_others_are_read_is_read_with_them(gate):
    gate.sees(gate.entry, "", image=FRAMES[0], visit="v1")

    class Slow(Voting):
        def read_frames(self, images, *more):
            if not self.given:
                gate.sees(gate.entry, "", image=FRAMES[1], visit="v1")
            return super().read_frames(images, *more)

    reader = Slow("粤B12345", 0.99)
    assert read_next_photo(reader) is None
    assert read_next_photo(reader).rule == "tariff"
    assert reader.given == [[FRAMES[0]], list(FRAMES[:2])]


def test_a_later_message_that_the_camera_is_sure_of_decides(gate):
    VehicleFactory(person__site=gate.site, plate="粤B12345")
    passage = gate.sees(gate.entry, "粤B1234", confidence=0.4, image=FRAMES[0], visit="v1")
    gate.sees(gate.entry, "粤B12345", confidence=0.99, image=FRAMES[1], visit="v1")
    passage.refresh_from_db()
    assert (passage.plate, passage.state) == ("粤B12345", Passage.State.OPENING)


def test_a_car_that_was_let_through_needs_no_further_frame(gate):
    passage = gate.sees(gate.entry, "粤B12345", image=FRAMES[0], visit="v1")
    gate.sees(gate.entry, "粤B54321", image=FRAMES[1], visit="v1")
    assert images_of(passage) == [FRAMES[0]]
    assert (passage.plate, open_commands(gate.entry)) == ("粤B12345", 1)


def test_a_guards_word_stands_against_further_frames(gate):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], visit="v1")
    services.correct_read(passage, "粤B12345", staff(), "read by eye")
    gate.sees(gate.entry, "粤B54321", image=FRAMES[1], visit="v1")
    passage.refresh_from_db()
    assert passage.plate == "粤B12345"


def test_frames_that_no_reader_can_read_are_held_for_the_guard(gate):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], more_images=FRAMES[1:2])
    read_next_photo(Voting(error=UnreadableImage("it is cut off", "send it again")))
    assert passage.reads.get(source="reader").reason
    assert images_of(passage) == list(FRAMES[:2])


def test_a_frame_whose_file_is_gone_spoils_no_other(gate):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], more_images=FRAMES[1:3])
    photos.delete(passage.image)
    reader = Voting("粤B12345", 0.99, shown=1)
    assert read_next_photo(reader).rule == "tariff"
    assert reader.given == [list(FRAMES[1:3])]
    passage.refresh_from_db()
    assert photos.load(passage.image) == FRAMES[2]


def test_retention_deletes_all_frames(gate, settings):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], more_images=FRAMES[1:5])
    read_next_photo(Voting())
    paths = [passage.image, *passage.frames.values_list("image", flat=True)]
    assert photos_in_use(paths) == set(paths)
    Stay.objects.filter(entry_passage=passage).update(status="undone")
    past = clock.now() - timedelta(days=settings.PASSAGE_DAYS, hours=1)
    Passage.objects.filter(pk=passage.pk).update(received_at=past)
    assert jobs.redact_passages() == 1
    assert not PassageFrame.objects.filter(passage=passage).exists()
    for path in paths:
        with pytest.raises(FileNotFoundError):
            photos.load(path)


def test_the_page_shows_each_frame_and_looking_is_recorded(gate):
    passage = gate.sees(gate.entry, "", image=FRAMES[0], more_images=FRAMES[1:3])
    person = hire(gate.site, StandardRole.GUARD)
    guard = signed_in(person)
    page = guard.get(reverse("console:passage", args=[gate.site.slug, passage.pk]))
    looks = AuditEntry.objects.filter(action="read picture", subject_id=str(passage.pk))
    for frame, image in zip(passage.frames.all(), FRAMES[1:3], strict=True):
        address = reverse("console:frame", args=[gate.site.slug, passage.pk, frame.pk])
        assert address in page.content.decode()
        assert guard.get(address).content == image
    assert looks.filter(actor=person.get_username()).exists()


def test_a_frame_of_another_passage_is_not_found(gate):
    one, other = (
        gate.sees(gate.entry, "", image=FRAMES[0], more_images=FRAMES[1:2]) for _ in range(2)
    )
    guard = signed_in(hire(gate.site, StandardRole.GUARD))
    address = reverse("console:frame", args=[gate.site.slug, one.pk, other.frames.get().pk])
    assert guard.get(address).status_code == 404
