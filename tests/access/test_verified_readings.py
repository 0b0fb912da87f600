"""Which readings count as right, as wrong, and as neither."""

from datetime import timedelta

import pytest

from access import services
from access.jobs import redact_passages
from access.models import Passage
from access.photo_queue import read_next_photo
from access.verified_readings import Verdict, readings
from core import clock
from devices.vision.failures import Failure, NotRead
from tests.access.readers import JPEG, Reading
from tests.factories import AccessListEntryFactory, VehicleFactory, VisitorPassFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db

PLATE, LOOK_ALIKE, OTHER = "粤B12D45", "粤B12045", "粤B99999"


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def reading_of(passage: Passage):
    begin = passage.seen_at
    return next(
        each
        for each in readings(passage.site_id, begin, begin + timedelta(seconds=1))
        if each.passage == passage.pk
    )


def verdict_of(passage: Passage) -> Verdict:
    return reading_of(passage).verdict


def test_a_reading_that_nothing_confirms_counts_neither_way(gate):
    assert verdict_of(gate.sees(gate.entry, PLATE)) == Verdict.UNVERIFIED


def test_a_photo_that_the_reader_could_not_read_says_nothing_about_its_camera(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading(error=NotRead(Failure.UNAVAILABLE, "it is missing")))
    begin = passage.seen_at
    assert list(readings(passage.site_id, begin, begin + timedelta(seconds=1))) == []


def test_a_reading_that_staff_corrected_was_wrong(gate):
    passage = gate.sees(gate.entry, PLATE)
    services.correct_read(passage, OTHER, staff(), "dirt")
    assert verdict_of(passage) == Verdict.WRONG
    assert reading_of(passage).text == PLATE


def test_a_reading_that_staff_entered_again_was_right(gate):
    passage = gate.sees(gate.entry, PLATE)
    services.correct_read(passage, LOOK_ALIKE, staff(), "0 for D")
    assert verdict_of(passage) == Verdict.RIGHT


def test_the_last_correction_counts(gate):
    passage = gate.sees(gate.entry, PLATE)
    services.correct_read(passage, OTHER, staff(), "mistaken")
    services.correct_read(passage, PLATE, staff(), "it was right")
    assert verdict_of(passage) == Verdict.RIGHT


def test_a_registered_plate_confirms_a_reading(gate):
    VehicleFactory(site=gate.site, plate=PLATE, begins_at=clock.now() - timedelta(days=1))
    assert verdict_of(gate.sees(gate.entry, PLATE)) == Verdict.RIGHT


def test_a_look_alike_of_a_registered_plate_is_right_and_keeps_its_own_text(gate):
    VehicleFactory(site=gate.site, plate=PLATE, begins_at=clock.now() - timedelta(days=1))
    passage = gate.sees(gate.entry, LOOK_ALIKE)
    found = reading_of(passage)
    assert (found.verdict, found.text, found.plate) == (Verdict.RIGHT, LOOK_ALIKE, PLATE)


def test_an_entry_of_the_allow_list_or_a_visitor_pass_confirms_a_reading(gate):
    AccessListEntryFactory(site=gate.site, kind="allow", plate=PLATE)
    VisitorPassFactory(site=gate.site, plate=OTHER)
    assert verdict_of(gate.sees(gate.entry, PLATE)) == Verdict.RIGHT
    assert verdict_of(gate.sees(gate.exit, OTHER)) == Verdict.RIGHT


def test_a_plate_of_the_block_list_confirms_nothing(gate):
    AccessListEntryFactory(site=gate.site, kind="block", plate=PLATE)
    assert verdict_of(gate.sees(gate.entry, PLATE)) == Verdict.UNVERIFIED


def test_the_camera_of_the_entry_confirms_that_of_the_exit_and_not_the_reverse(gate):
    entered = gate.sees(gate.entry, PLATE, ago=timedelta(hours=2))
    left = gate.sees(gate.exit, PLATE)
    assert verdict_of(left) == Verdict.RIGHT
    assert verdict_of(entered) == Verdict.UNVERIFIED


def test_a_camera_does_not_confirm_itself(gate):
    gate.sees(gate.entry, PLATE, ago=timedelta(hours=2))
    assert verdict_of(gate.sees(gate.entry, PLATE)) == Verdict.UNVERIFIED


def test_a_photo_without_a_plate_is_a_reading_without_a_text(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading())
    assert (reading_of(passage).text, verdict_of(passage)) == ("", Verdict.UNVERIFIED)


def test_the_reading_of_the_plate_reader_counts_where_it_found_a_text(gate):
    passage = gate.sees(gate.entry, "粤B1", confidence=0.3, image=JPEG)
    read_next_photo(Reading(PLATE, 0.99))
    assert (reading_of(passage).text, reading_of(passage).certain) == (PLATE, True)


def test_a_reading_with_a_doubt_is_not_certain(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading("ZZ99ZZ99", 0.99, format_name=""))
    assert not reading_of(passage).certain


def test_a_passage_past_its_period_has_no_reading(gate):
    passage = gate.sees(gate.entry, PLATE)
    Passage.objects.filter(pk=passage.pk).update(received_at=clock.now() - timedelta(days=4000))
    redact_passages()
    begin = passage.seen_at
    assert not list(readings(gate.site.pk, begin, begin + timedelta(seconds=1)))


def test_readings_of_other_sites_are_not_among_them(gate):
    elsewhere = GateScene.build()
    passage = gate.sees(gate.entry, PLATE)
    elsewhere.sees(elsewhere.entry, PLATE)
    begin = passage.seen_at - timedelta(hours=1)
    found = readings(gate.site.pk, begin, begin + timedelta(hours=2))
    assert [each.passage for each in found] == [passage.pk]
