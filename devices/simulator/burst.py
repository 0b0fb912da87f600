"""Further frames of a car: a camera that takes several sends them with its photo."""

import io
from random import Random

import cv2
import numpy as np
from PIL import Image

from .paint import Array
from .render import encode

#: As cameras do: a frame that only supports the photo is sent smaller.
MAX_BYTES = 60 * 1024
# Between two frames the car comes nearer by so much, and the picture smears by so many pixels.
_NEARER = 0.02
_SMEAR_PX = (1, 9)


def further_frames(jpeg: bytes, number: int, chance: Random) -> tuple[bytes, ...]:
    """Return so many frames of the same car, taken after a photo while it still rolls."""
    if not number:
        return ()
    with Image.open(io.BytesIO(jpeg)) as photo:
        pixels = np.asarray(photo.convert("RGB"))
    smears = [chance.randint(*_SMEAR_PX) for _ in range(number)]
    return tuple(
        encode(_smeared(_nearer(pixels, each), smear), MAX_BYTES)
        for each, smear in enumerate(smears, start=1)
    )


def _nearer(pixels: Array, steps: int) -> Array:
    """Return the picture grown around its upper middle, where the lane comes from."""
    height, width = pixels.shape[:2]
    grown = 1 + _NEARER * steps
    x, y = width / 2, height / 3
    move = np.array([[grown, 0, x - x * grown], [0, grown, y - y * grown]], np.float32)
    return cv2.warpAffine(pixels, move, (width, height), borderMode=cv2.BORDER_REPLICATE)


def _smeared(pixels: Array, length: int) -> Array:
    """Return the picture blurred downwards, as by the movement of the car."""
    return cv2.blur(pixels, (1, length))
