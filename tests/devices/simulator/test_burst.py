"""Cameras that take several frames of each car."""

from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image

from devices.simulator.burst import MAX_BYTES, further_frames
from devices.simulator.render import Photo
from devices.simulator.world import World

from .conftest import own_site_file
from .test_world import advance_until, payloads


def test_further_frames_are_as_large_as_the_photo(photo_of_a_car: Photo) -> None:
    for each in further_frames(photo_of_a_car.jpeg, 2, Random(7)):
        with Image.open(BytesIO(each)) as frame, Image.open(BytesIO(photo_of_a_car.jpeg)) as photo:
            assert (frame.format, frame.size) == ("JPEG", photo.size)
        assert len(each) <= MAX_BYTES


def test_no_frame_repeats_another_one(photo_of_a_car: Photo) -> None:
    frames = [photo_of_a_car.jpeg, *further_frames(photo_of_a_car.jpeg, 4, Random(7))]
    assert len(set(frames)) == 5


def test_all_frames_of_a_car_are_sent_in_one_event(make_world: Callable[..., World]) -> None:
    site = own_site_file()
    site["devices"][0]["frames"] = 3
    [seen] = payloads(advance_until(make_world(site), "eye/up/event"), "eye/up/event")
    assert len(set(seen["images"])) == 3
    assert "image" not in seen


def test_a_camera_with_one_frame_sends_no_list(make_world: Callable[..., World]) -> None:
    [seen] = payloads(advance_until(make_world(own_site_file()), "eye/up/event"), "eye/up/event")
    assert seen["image"]
    assert "images" not in seen
