"""Render a photo of a car with its plate at a lane, as JPEG bytes."""

import functools
import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from .bodies import BODIES, Body, Canvas
from .faces import draw_face
from .fronts import paint_front
from .light import LIGHTS, PAINTS, Light
from .paint import Array, Sheet, blur, develop
from .plates import Plate
from .rears import paint_rear
from .scenery import HEIGHT, WIDTH, View, lane

MAX_BYTES = 180 * 1024  # base64 of it still fits a message of 256 KiB
MIN_PLATE_PX = 172


@dataclass(frozen=True, slots=True)
class Look:
    """The look of one car."""

    body: str = "saloon"
    paint: str = "silver"
    variant: int = 0


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo and the box of its plate: left, top, right, bottom in pixels."""

    jpeg: bytes
    plate: tuple[int, int, int, int]
    fragment: bytes  # the plate alone, as cropped by the camera


def photo(
    plate: Plate,
    look: Look,
    *,
    light: str = "day",
    rear: bool = False,
    seed: int = 0,
    place: int = 0,
) -> Photo:
    """Take a photo of a car.

    Args:
        plate: its plate.
        look: its body, paint and details.
        light: a name of `light.LIGHTS`.
        rear: seen from behind.
        seed: of the random position, grain and tilt of this photo.
        place: seed of the lane's scenery, the same for all photos of one camera.

    Raises:
        KeyError: an unknown body, paint or light.
    """
    chance = np.random.default_rng(seed)
    scene, body = LIGHTS[light], BODIES[look.body]
    scale = _scale(plate, body)
    frame, stand = _empty_lane(light, place).astype(np.float32), _stand_of(place)
    middle, ground = stand.middle + chance.uniform(-45, 45), stand.ground + chance.uniform(-8, 8)
    view = View(scale * 1000, ground, middle)
    _shadow(frame, view, body, scene)
    canvas = _car(plate, look, body, scene, scale, rear=rear)
    glow = _stand(frame, canvas, view)
    tilt = _tilt(np.random.default_rng(place))
    shown = _lens(frame, glow, scene, chance, tilt)
    box = _plate_box(plate, body.plate_height(rear=rear), view, scale, tilt)
    return Photo(encode(shown), box, encode(_cut(shown, box)))


def _stand_of(place: int) -> View:
    """Return the mounting of a place's camera."""
    chance = np.random.default_rng(place)
    return View(420, HEIGHT - chance.uniform(44, 60), WIDTH / 2 + chance.uniform(-60, 60))


@functools.lru_cache(maxsize=8)
def _empty_lane(light: str, place: int) -> Array:
    """Return the lane without a car; cached, as it is the same in all photos of one camera."""
    return lane(LIGHTS[light], _stand_of(place), place).astype(np.float16)


def still(*, light: str, seed: int, place: int) -> bytes:
    """Return a photo of the lane without a car, as JPEG; arguments as for `photo`."""
    chance = np.random.default_rng(seed)
    frame = _empty_lane(light, place).astype(np.float32)
    tilt = _tilt(np.random.default_rng(place))
    return encode(_lens(frame, np.zeros_like(frame), LIGHTS[light], chance, tilt))


def encode(pixels: Array, limit: int = MAX_BYTES) -> bytes:
    """Return RGB pixels as a JPEG of at most `limit` bytes, at the best quality that fits."""
    image = Image.fromarray(pixels)
    for quality in (84, 76, 66, 54, 40, 25):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() <= limit:
            break
    return out.getvalue()


def _scale(plate: Plate, body: Body) -> float:
    """Return pixels per mm: the car fills the photo and the plate can be read."""
    return max(MIN_PLATE_PX / plate.design.width, min(0.425, (HEIGHT - 90) / body.roof))


def _car(plate: Plate, look: Look, body: Body, scene: Light, scale: float, *, rear: bool) -> Canvas:
    canvas = Canvas(Sheet(scale, body.half + 130, body.roof + 60), scene, PAINTS[look.paint])
    paint = paint_rear if rear else paint_front
    paint(canvas, body, look.variant)
    _screw_on(canvas, plate, body, rear=rear)
    return canvas


def _screw_on(canvas: Canvas, plate: Plate, body: Body, *, rear: bool) -> None:
    """Paint the plate on its holder; its foil reflects the camera's flash."""
    sheet, design = canvas.sheet, plate.design
    width, height = round(design.width * sheet.scale), round(design.height * sheet.scale)
    face = cv2.resize(draw_face(plate, rear=rear), (width, height), interpolation=cv2.INTER_AREA)
    left = round((sheet.half_width - design.width / 2) * sheet.scale)
    top = round((sheet.top - body.plate_height(rear=rear) - design.height / 2) * sheet.scale)
    bright = (face.astype(np.float32) / 255) ** 2.2
    shade = np.linspace(1.04, 0.94, height, dtype=np.float32)[:, None, None]
    lit = canvas.upright * 0.92 + canvas.light.flash * 0.9
    canvas.colour[top : top + height, left : left + width] = bright * shade * lit


def _shadow(frame: Array, view: View, body: Body, scene: Light) -> None:
    """Darken the ground below the car, and to one side where the sun stands."""
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    half = body.half / 1000
    lean = 0.0 if scene.lamps else -scene.sun_from[0] * 1.1
    outline = [(-half, 5.38), (half, 5.38), (half + max(lean, 0), 8.5), (-half + min(lean, 0), 8.5)]
    dots = [view.spot(x, 0, away) for x, away in outline]
    cv2.fillPoly(mask, [np.round(dots).astype(np.int32)], 1.0)
    soft = blur(mask, 13) * 0.62 + blur(mask, 4) * 0.33
    frame *= (1 - soft)[..., None]


def _stand(frame: Array, canvas: Canvas, view: View) -> Array:
    """Put the painted car into the frame; returns the light it gives off."""
    sheet = canvas.sheet
    top = round(view.ground - sheet.top * sheet.scale)
    left = round(view.middle - sheet.half_width * sheet.scale)
    glow = np.zeros_like(frame)
    rows, inner_rows = _overlap(top, sheet.shape[0], HEIGHT)
    columns, inner_columns = _overlap(left, sheet.shape[1], WIDTH)
    cover = blur(canvas.cover, 0.6)[inner_rows, inner_columns, None]
    window = frame[rows, columns]
    window += cover * (canvas.colour[inner_rows, inner_columns] - window)
    glow[rows, columns] = canvas.glow[inner_rows, inner_columns]
    return glow


def _overlap(start: int, length: int, limit: int) -> tuple[slice, slice]:
    low, high = max(start, 0), min(start + length, limit)
    return slice(low, high), slice(low - start, high - start)


def _tilt(chance: np.random.Generator) -> Array:
    """Return the slight rotation and keystone of a camera that is not quite level."""
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    keystone = chance.uniform(-26, 26)
    shift = np.array(
        [[0, keystone], [0, -keystone], [0, keystone * 0.4], [0, -keystone * 0.4]], np.float32
    )
    grown = (corners - (WIDTH / 2, HEIGHT / 2)) * 1.035 + (WIDTH / 2, HEIGHT / 2)
    bend = cv2.getPerspectiveTransform(corners, (grown + shift).astype(np.float32))
    roll = np.vstack(
        [
            cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), chance.uniform(-1.2, 1.2), 1.02),
            [0, 0, 1],
        ]
    )
    return roll @ bend


def _lens(
    frame: Array, glow: Array, scene: Light, chance: np.random.Generator, tilt: Array
) -> Array:
    """Return the finished pixels: bloom, tilt, vignette, grain."""
    if glow.any():
        small = cv2.resize(glow, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA)
        haze = blur(small, 3.0) * 0.30 + blur(small, 14.0) * (0.5 if scene.lamps else 0.1)
        frame = frame + glow + cv2.resize(haze, (WIDTH, HEIGHT))
    frame = cv2.warpPerspective(frame, tilt, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    frame = blur(frame, 0.55) * _vignette()[..., None]
    grain = chance.standard_normal((HEIGHT, WIDTH), dtype=np.float32)
    strength = 0.013 if scene.lamps else 0.007
    shown = develop(frame, scene.exposure).astype(np.float32)
    shown += (blur(grain, 0.6) * strength * 420)[..., None] + grain[::-1, :, None] * (1.5, 0.8, 1.8)
    return np.clip(shown, 0, 255).astype(np.uint8)


def _vignette() -> Array:
    rows, columns = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j].astype(np.float32)
    return 1 - 0.20 * np.clip(rows**2 * 0.5 + columns**2 * 0.8, 0, 1)


def _plate_box(
    plate: Plate, height: float, view: View, scale: float, tilt: Array
) -> tuple[int, int, int, int]:
    half_x, half_y = plate.design.width * scale / 2, plate.design.height * scale / 2
    middle_y = view.ground - height * scale
    corners = [(view.middle + a * half_x, middle_y + b * half_y) for a in (-1, 1) for b in (-1, 1)]
    moved = cv2.perspectiveTransform(np.array([corners], np.float32), tilt)[0]
    left, top = np.floor(moved.min(axis=0)).astype(int)
    right, bottom = np.ceil(moved.max(axis=0)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _cut(pixels: Array, box: tuple[int, int, int, int]) -> Array:
    left, top, right, bottom = box
    return pixels[max(0, top - 6) : bottom + 6, max(0, left - 8) : right + 8]
