"""The queue of photos for the plate reader, and the retention of photos."""

from datetime import timedelta

import pytest
from django.db import connection

from access import jobs, services
from access.labels import reason_label
from access.models import Passage, PlateRead
from access.photo_queue import read_next_photo
from access.redaction import hash_plate
from core import clock, photos
from devices.vision.plates import UnreadableImage
from estate import services as services_of_sites
from incidents.models import Incident
from incidents.services import raise_incident
from parking.models import Stay
from tests.access.readers import JPEG, Reading
from tests.at_once import at_once
from tests.factories import VehicleFactory, WatchEntryFactory
from tests.gate import GateScene, decision_of, open_commands, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def test_a_photo_without_a_camera_read_is_queued_for_the_reader(gate):
    passage = gate.sees(gate.entry, "_无_", image=JPEG)
    assert (passage.state, passage.decisions.count()) == ("reading", 0)
    decision = read_next_photo(Reading("粤B12345", 0.99))
    passage.refresh_from_db()
    assert (passage.plate, passage.state, decision.rule) == ("粤B12345", "opening", "tariff")
    read = passage.reads.get(source=PlateRead.Source.READER)
    assert (read.box, read.confidence) == ([10, 20, 82, 44], 0.99)
    assert read_next_photo(Reading()) is None


def test_the_plates_of_the_site_s_countries_are_expected(gate):
    services_of_sites.change_site(gate.site, staff(), plate_countries=["CN", "HK"])
    gate.sees(gate.entry, "", image=JPEG)
    reader = Reading("粤B12345", 0.99)
    read_next_photo(reader)
    assert reader.expected == [("CN", "HK")]


def test_a_camera_read_above_the_lanes_limit_needs_no_reader(gate):
    assert gate.sees(gate.entry, "粤B12345", confidence=0.95, image=JPEG).state == "opening"


def test_a_reader_result_of_low_confidence_is_held_for_the_guard(gate):
    gate.sees(gate.entry, "粤B1234", confidence=0.5, image=JPEG)
    decision = read_next_photo(Reading("粤B12345", 0.90))
    assert (decision.outcome, decision.rule) == ("hold", "confidence")
    assert open_commands(gate.entry) == 0


def test_a_text_in_no_national_format_is_held_at_any_confidence(gate):
    gate.sees(gate.entry, "", image=JPEG)
    decision = read_next_photo(Reading("ZZ99ZZ99", 0.99, format_name=""))
    assert (decision.outcome, decision.rule, decision.facts["doubt"]) == (
        "hold",
        "doubt",
        "no_format",
    )


def test_a_site_without_countries_of_plates_opens_by_no_photo(gate):
    services_of_sites.change_site(gate.site, staff(), plate_countries=[])
    gate.sees(gate.entry, "", image=JPEG)
    decision = read_next_photo(Reading("粤B12345", 0.99))
    assert (decision.outcome, decision.facts["doubt"]) == ("hold", "no_country")
    assert "countries" in reason_label(decision.rule, decision.facts)
    assert open_commands(gate.entry) == 0


def test_the_installations_countries_are_expected_where_the_site_has_none(gate, settings):
    services_of_sites.change_site(gate.site, staff(), plate_countries=[])
    settings.PLATE_COUNTRIES = ["CN"]
    gate.sees(gate.entry, "", image=JPEG)
    reader = Reading("粤B12345", 0.99)
    assert read_next_photo(reader).rule == "tariff"
    assert reader.expected == [("CN",)]


def test_a_doubtful_reading_opens_for_a_plate_on_file_that_was_read_just_so(gate):
    VehicleFactory(person__site=gate.site, plate="7654321")
    services_of_sites.change_site(gate.site, staff(), plate_countries=["US"])
    gate.sees(gate.entry, "", image=JPEG)
    assert read_next_photo(Reading("7654321", 0.99)).rule == "resident"
    gate.sees(gate.entry, "", image=JPEG)
    assert read_next_photo(Reading("1654321", 0.99)).rule == "doubt"


def test_a_province_that_was_not_read_opens_for_no_plate_on_file(gate):
    VehicleFactory(person__site=gate.site, plate="粤B12345")
    gate.sees(gate.entry, "", image=JPEG)
    decision = read_next_photo(Reading("粤B12345", 0.99, raw_text="B12345"))
    assert (decision.rule, decision.facts["doubt"]) == ("doubt", "province")


def test_a_guard_who_corrects_a_doubtful_plate_opens_by_it(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading("粤B12345", 0.99, raw_text="B12345"))
    services.correct_read(passage, "粤B12345", staff(), "read by eye")
    assert open_commands(gate.entry) == 1


def test_a_plate_on_file_needs_less_confidence(gate):
    VehicleFactory(person__site=gate.site, plate="粤B12345")
    gate.sees(gate.entry, "", image=JPEG)
    assert read_next_photo(Reading("粤B12345", 0.85)).rule == "resident"


def test_a_plate_on_file_below_its_limit_is_held_for_the_guard(gate):
    VehicleFactory(person__site=gate.site, plate="粤B12345")
    gate.sees(gate.entry, "", image=JPEG)
    assert read_next_photo(Reading("粤B12345", 0.70)).rule == "confidence"


def test_an_unreadable_photo_is_held_for_the_guard_with_the_reason(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    decision = read_next_photo(Reading(error=UnreadableImage("it is cut off", "send it again")))
    assert decision.rule == "no_plate"
    assert "cut off" in passage.reads.get(source="reader").reason


@pytest.mark.django_db(transaction=True)
def test_a_photo_is_read_outside_any_transaction_and_by_one_process_only():
    gate = GateScene.build()
    gate.sees(gate.entry, "", image=JPEG)
    seen = []

    class Watching(Reading):
        def read(self, image, *more):
            seen.append((connection.in_atomic_block, at_once(lambda: read_next_photo(self))[0]))
            return super().read(image)

    assert read_next_photo(Watching("粤B12345", 0.99)).rule == "tariff"
    assert seen == [(False, None)], "another process finds no photo that is free"


def test_a_photo_whose_car_a_guard_has_decided_meanwhile_changes_nothing(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)

    class Slow(Reading):
        def read(self, image, *more):
            services.correct_read(passage, "粤B54321", staff(), "read by eye")
            return super().read(image)

    assert read_next_photo(Slow("粤B12345", 0.99)) is None
    passage.refresh_from_db()
    assert passage.plate == "粤B54321"


def test_a_photo_on_which_the_reader_fails_is_held_for_the_guard(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    assert read_next_photo(Reading(error=ZeroDivisionError("in the engine"))).rule == "no_plate"
    assert "in the engine" in passage.reads.get(source="reader").reason


def test_the_cameras_text_stays_in_force_if_the_reader_finds_no_plate(gate):
    gate.sees(gate.entry, "粤B12345", confidence=0.6, image=JPEG)
    read_next_photo(Reading())
    assert Passage.objects.get().plate == "粤B12345"


def test_a_photo_read_too_late_opens_no_barrier(gate):
    gate.sees(gate.entry, "", image=JPEG, ago=timedelta(minutes=3))
    assert read_next_photo(Reading("粤B12345", 0.99)).rule == "late"


def test_a_photo_that_waited_here_too_long_opens_no_barrier_whatever_the_camera_s_clock(gate):
    minutes = timedelta(minutes=1, seconds=30)
    gate.sees(gate.entry, "", image=JPEG, ago=minutes, skew=minutes)
    assert read_next_photo(Reading("粤B12345", 0.99)).rule == "late"
    assert open_commands(gate.entry) == 0


def test_photos_too_old_to_open_a_barrier_are_read_after_all_others(gate):
    old = [gate.sees(gate.entry, "", image=JPEG, ago=timedelta(seconds=s)) for s in (90, 70)]
    fresh = [gate.sees(gate.exit, "", image=JPEG, ago=timedelta(seconds=s)) for s in (20, 10)]
    assert read_all() == [*fresh[::-1], *old[::-1]]


def read_all() -> list[Passage]:
    """Read the queue to its end; return the passages in the order of their reading."""
    order = []
    while decision := read_next_photo(Reading("粤B12345", 0.5)):
        order.append(decision.passage)
    return order


def test_of_one_camera_the_newest_photo_is_read_first(gate):
    seen = [gate.sees(gate.entry, "", image=JPEG, ago=timedelta(seconds=s)) for s in (30, 20, 10)]
    assert read_all() == seen[::-1]


@pytest.mark.parametrize("skew_s", [0, 290, -290])
def test_a_camera_that_sends_many_photos_delays_no_other_lane(gate, skew_s):
    skew = timedelta(seconds=skew_s)
    for n in range(4):
        gate.sees(gate.entry, "", image=JPEG, skew=skew, ago=timedelta(seconds=4 - n))
    other = gate.sees(gate.exit, "", image=JPEG, ago=timedelta(seconds=20))
    assert read_all().index(other) <= 1
    for _ in range(3):
        gate.sees(gate.entry, "", image=JPEG, skew=skew)
    other = gate.sees(gate.exit, "", image=JPEG, ago=timedelta(seconds=20))
    first = read_next_photo(Reading()).passage
    gate.sees(gate.entry, "", image=JPEG, skew=skew)
    assert [first, *read_all()].index(other) <= 1


def test_a_passage_past_its_retention_has_neither_photo_nor_plate(gate, settings):
    old = gate.sees(gate.entry, "粤B12345", confidence=0.99, image=JPEG)
    fresh = gate.sees(gate.entry, "粤B54321", confidence=0.99, image=JPEG)
    watched = WatchEntryFactory(site=gate.site)
    hit = gate.sees(gate.entry, watched.plate, confidence=0.99, image=JPEG)
    Stay.objects.filter(plate="粤B12345").update(status="undone")  # no stay needs it
    past = clock.now() - timedelta(days=settings.PASSAGE_DAYS, hours=1)
    Passage.objects.filter(pk__in=[old.pk, hit.pk]).update(received_at=past)

    assert jobs.redact_passages() == 1

    image = old.image
    old.refresh_from_db()
    assert (old.plate, old.image, old.reads.count()) == ("", "", 0)
    assert decision_of(old).plate == ""
    with pytest.raises(FileNotFoundError):
        photos.load(image)
    assert photos.load(fresh.image) == photos.load(hit.image) == JPEG, "evidence is kept"
    assert jobs.redact_passages() == 0


def test_the_evidence_of_an_incident_is_deleted_half_a_year_after_its_end(gate, settings):
    hit = gate.sees(gate.entry, WatchEntryFactory(site=gate.site).plate, image=JPEG)
    Stay.objects.update(status="undone")
    past = clock.now() - timedelta(days=400)
    Passage.objects.update(received_at=past)
    incidents = Incident.objects.filter(site=gate.site)
    assert jobs.redact_passages() == 0
    for days, deleted in ((179, 0), (181, 1)):
        incidents.update(ended_at=clock.now() - timedelta(days=days))
        assert jobs.redact_passages() == deleted
    hit.refresh_from_db()
    assert hit.redacted


def test_a_deleted_plate_leaves_a_hash_of_its_site_that_equal_plates_share(gate):
    for plate in ("粤B12345", "粤B12345", "粤B54321"):
        gate.sees(gate.entry, plate, image=JPEG)
    Stay.objects.update(status="undone")
    Passage.objects.update(received_at=clock.now() - timedelta(days=31))
    jobs.redact_passages()
    first, second, other = Passage.objects.order_by("pk").values_list("plate_hash", flat=True)
    assert first == second != other
    assert hash_plate(gate.site.pk, "粤B12345") == first != hash_plate(gate.site.pk + 1, "粤B12345")


def test_a_needed_passage_loses_photo_and_candidates_and_at_the_sites_limit_its_plate(gate):
    inside = gate.sees(gate.entry, "粤B12345", confidence=0.99, image=JPEG)
    PlateRead.objects.create(
        passage=inside,
        source="reader",
        raw_text="粤B12346",
        text="粤B12346",
        confidence=0.2,
        device_at=inside.at,
        received_at=inside.at,
    )
    image = inside.image
    Passage.objects.update(received_at=clock.now() - timedelta(days=31))
    assert jobs.redact_passages() == 0
    inside.refresh_from_db()
    assert (inside.plate, inside.image, inside.reduced) == ("粤B12345", "", True)
    assert {(each.text, each.raw_text) for each in inside.reads.all()} == {("粤B12345", "")}
    with pytest.raises(FileNotFoundError):
        photos.load(image)
    Passage.objects.update(received_at=clock.now() - timedelta(days=3 * 365 + 1))
    assert jobs.redact_passages() == 1


def test_the_photo_of_evidence_stays_past_the_period_of_passages(gate, settings):
    past = clock.now() - timedelta(days=settings.PASSAGE_DAYS + 2)
    hit = gate.sees(gate.entry, "粤B12345", image=JPEG, ago=clock.now() - past)
    Passage.objects.update(evidence=True)
    detail = {"passage": hit.pk}
    raise_incident(gate.site.pk, "plate_watchlist", "watch:7", "severe", past, detail)

    jobs.redact_passages()

    assert photos.load(hit.image) == JPEG
