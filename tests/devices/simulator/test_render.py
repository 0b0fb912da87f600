"""Photos of cars at a lane."""

import io
import os

import numpy as np
import pytest
from PIL import Image

from devices.simulator import chance
from devices.simulator.bodies import BODIES
from devices.simulator.light import LIGHTS, PAINTS, light_of
from devices.simulator.plates import DESIGNS, Plate, compact, draw_text, plate
from devices.simulator.render import MAX_BYTES, Look, Photo, encode, photo, still


def decoded(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def a_plate(design: str) -> Plate:
    return plate(draw_text(chance.stream(11, design), design, provinces="粤京沪"), design)


def test_the_same_seed_takes_the_same_photo_to_the_byte() -> None:
    item, look = plate("粤B12345"), Look("suv", "blue", 1)
    first = photo(item, look, light="dusk", seed=5, place=2)
    assert photo(item, look, light="dusk", seed=5, place=2) == first
    assert photo(item, look, light="dusk", seed=6, place=2).jpeg != first.jpeg


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("rear", [False, True])
def test_every_body_shows_its_plate_whole_and_wide_enough(body: str, *, rear: bool) -> None:
    taken = photo(plate("粤B12345"), Look(body, "white", 2), seed=3, place=4, rear=rear)
    left, top, right, bottom = taken.plate
    height, width, _ = decoded(taken.jpeg).shape
    assert (width, height) == (1280, 720)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert right - left >= 170
    assert len(taken.jpeg) <= MAX_BYTES


def test_the_box_encloses_the_plate() -> None:
    """Render a blue plate on a white car: nearly all the blue is inside the box."""
    taken = photo(plate("粤B12345"), Look("saloon", "white"), light="overcast", seed=8)
    pixels = decoded(taken.jpeg).astype(int)
    blue = (pixels[..., 2] > 75) & (pixels[..., 2] - pixels[..., 0] > 45)
    left, top, right, bottom = taken.plate
    inside = blue[top:bottom, left:right].sum()
    assert inside > 0.4 * (right - left) * (bottom - top)
    assert blue.sum() - inside < 0.05 * inside


@pytest.mark.parametrize("light", LIGHTS)
def test_no_light_makes_photos_black_or_blown_out(light: str) -> None:
    taken = photo(plate("ABC1D23"), Look("hatchback", "grey"), light=light, seed=2)
    assert 25 < decoded(taken.jpeg).mean() < 190


def test_the_paint_is_visible() -> None:
    middles = {
        paint: tuple(decoded(photo(plate("AB12CDE"), Look("van", paint)).jpeg)[330, 560])
        for paint in ("red", "blue", "white", "black")
    }
    assert middles["red"][0] > middles["red"][2] + 30
    assert middles["blue"][2] > middles["blue"][0] + 30
    assert min(middles["white"]) > max(middles["black"]) + 60
    assert set(middles) <= set(PAINTS)


def test_an_empty_lane_is_the_same_place_without_a_car() -> None:
    with_car = decoded(photo(plate("AB12CDE"), Look(), seed=1, place=9).jpeg).astype(int)
    empty = decoded(still(light="day", seed=1, place=9)).astype(int)
    change = np.abs(with_car - empty).mean(axis=2)
    assert change[300:500, 500:780].mean() > 25
    assert change[:, :60].mean() < 8


def test_a_photo_that_compresses_badly_is_compressed_more() -> None:
    storm = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), dtype=np.uint8)
    assert len(encode(storm, 300_000)) <= 300_000 < len(encode(storm, 10**9))


def test_the_light_follows_the_hour() -> None:
    assert [light_of(hour) for hour in (3, 7, 12, 17, 19, 22)] == [
        "night", "overcast", "day", "overcast", "dusk", "night",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def reader() -> object:
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "error"})


@pytest.mark.parametrize("design", DESIGNS)
def test_a_common_reader_reads_the_plate_off_the_photo(reader: object, design: str) -> None:
    item, rear = a_plate(design), design == "us"
    taken: Photo = photo(item, Look("suv", "silver"), seed=4, place=1, rear=rear)
    left, top, right, bottom = taken.plate
    crop = decoded(taken.jpeg)[max(0, top - 20) : bottom + 20, max(0, left - 30) : right + 30]
    found = reader(crop[..., ::-1]).txts or ()  # type: ignore[operator]
    read = "".join(compact(text.replace(":", "")) for text in found)
    assert item.text.replace("O", "0") in read.replace("O", "0")
