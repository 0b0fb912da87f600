"""The product's drivers parse the messages of the simulated devices."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from devices import events
from devices.drivers import gatehouse, vzenith_mqtt
from devices.drivers.contract import Source
from devices.simulator.burst import further_frames
from devices.simulator.render import Photo
from devices.simulator.scenario import MOST_FRAMES
from devices.simulator.speech import PASSED, TURNED_BACK, Message, Ours, Read, Vzenith

from .conftest import START

SOON = START + timedelta(milliseconds=40)
ours, vzenith = Ours("demo", "eye"), Vzenith("cam-in", "VZ1")


def understood(message: Message) -> events.Event:
    driver = gatehouse if message.topic.startswith("gh/") else vzenith_mqtt
    sender = driver.sender(message.topic)
    assert sender is not None
    return driver.read(Source(1, 1, sender.name), sender, message.payload, SOON)


def a_read(photo_of_a_car: Photo, text: str = "粤B12345") -> Read:
    fragment = photo_of_a_car.fragment
    return Read(text, 97, "blue", 1, photo_of_a_car.jpeg, fragment, photo_of_a_car.plate)


@pytest.mark.parametrize("voice", [ours, vzenith])
def test_a_reading_is_parsed(voice: Ours | Vzenith, photo_of_a_car: Photo) -> None:
    seen = understood(voice.reading("k-1", START, a_read(photo_of_a_car)))
    assert isinstance(seen, events.PlateSeen)
    assert (seen.raw_text, seen.confidence, seen.colour) == ("粤B12345", 0.97, "blue")
    assert (seen.image, seen.box, seen.at) == (photo_of_a_car.jpeg, photo_of_a_car.plate, START)


def test_several_frames_are_sent_in_order(photo_of_a_car: Photo) -> None:
    more = further_frames(photo_of_a_car.jpeg, MOST_FRAMES - 1, Random(7))
    read = replace(a_read(photo_of_a_car), more=more)
    seen = understood(ours.reading("k-1", START, read))
    assert isinstance(seen, events.PlateSeen)
    assert (seen.image, seen.more_images) == (photo_of_a_car.jpeg, more)


@pytest.mark.parametrize("voice", [ours, vzenith])
def test_a_camera_that_read_no_plate_sends_the_photo_alone(
    voice: Ours | Vzenith, photo_of_a_car: Photo
) -> None:
    seen = understood(voice.reading("k-1", START, a_read(photo_of_a_car, text="")))
    assert isinstance(seen, events.PlateSeen)
    assert seen.raw_text == ""
    assert seen.image == photo_of_a_car.jpeg


@pytest.mark.parametrize("voice", [ours, vzenith])
@pytest.mark.parametrize(("event", "word"), [(PASSED, "passed"), (TURNED_BACK, "turned_back")])
def test_passing_and_turning_back_are_parsed(voice: Ours | Vzenith, event: int, word: str) -> None:
    moved = understood(voice.moved("k-2", START, event, Read("粤B12345", 97)))
    assert isinstance(moved, events.CarMoved)
    assert (moved.movement, moved.plate) == (word, "粤B12345")


def test_bays_status_and_acknowledgements_are_parsed() -> None:
    assert understood(ours.bay("k", START, occupied=True)).occupied is True  # type: ignore[attr-defined]
    status = ours.status("k", START, online=False)
    assert status.retain
    assert understood(status).online is False  # type: ignore[attr-defined]
    there = understood(ours.status("k", START, online=True, firmware="2.10.1", model="BS-20"))
    assert (there.firmware, there.model) == ("2.10.1", "BS-20")  # type: ignore[attr-defined]
    refused = understood(ours.acknowledge("k", START, "c-1", "replayed"))
    assert isinstance(refused, events.CommandAnswered)
    assert (refused.cmd_id, refused.ok, refused.error) == ("c-1", False, "replayed")


def test_a_vzenith_camera_sends_keep_alives_replies_and_photos(photo_of_a_car: Photo) -> None:
    assert understood(vzenith.alive("k", START)).online is True  # type: ignore[attr-defined]
    answered = understood(vzenith.answer({"id": "c-9"}, "gpio_out", START))
    assert isinstance(answered, events.CommandAnswered)
    assert (answered.cmd_id, answered.ok) == ("c-9", True)
    taken = understood(vzenith.photo("k", START, photo_of_a_car.jpeg))
    assert isinstance(taken, events.PhotoTaken)
    assert taken.image == photo_of_a_car.jpeg


def test_measurements_are_parsed() -> None:
    from devices.telemetry.message import parse

    message = ours.telemetry("k", START, {"battery.percent": 81.5, "signal.rssi": -70.0})
    report = parse(message.payload, SOON, timedelta(days=1))
    assert report.values == {"battery.percent": 81.5, "signal.rssi": -70.0}


def test_the_largest_photo_fits_a_message_of_256_kib() -> None:
    from devices.simulator.render import MAX_BYTES

    read = Read("粤B12345", 97, "blue", jpeg=b"x" * MAX_BYTES, box=(1, 2, 3, 4))
    assert len(ours.reading("k", START, read).payload) <= 256 * 1024
