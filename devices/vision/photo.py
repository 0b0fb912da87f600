"""Decode any bytes into the upright pixels of a photo, or reject them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import cv2
import numpy as np

from core.images import ImageRejected, Limits, decode_pixels
from devices.vision.plates import UnreadableImage

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
LARGEST_PIXELS = 40_000_000
SMALLEST_SIDE, LONGEST_SIDE = 24, 16_000
#: A JPEG above this is decoded at a half or a quarter: no reader needs a higher resolution.
PLENTY_PIXELS = 6_000_000
LIMITS = Limits(
    formats=FORMATS,
    pixels=LARGEST_PIXELS,
    png_pixels=LARGEST_PIXELS,
    smallest_side=SMALLEST_SIDE,
    longest_side=LONGEST_SIDE,
)

_HINTS = {
    "not_an_image": f"send one of {', '.join(FORMATS)}",
    "damaged": "send the whole file again",
    "too_large": "send it scaled down",
    "too_long": f"send no more than {LONGEST_SIDE} a side",
    "too_small": f"send {SMALLEST_SIDE} or more a side",
    "too_costly": "send a baseline JPEG",
    "timeout": "send a baseline JPEG",
}


@dataclass(frozen=True, slots=True)
class Photo:
    """Upright pixels.

    Attributes:
        pixels: height x width x 3, uint8, blue-green-red as OpenCV has it.
        scale: pixels of the photo as sent for one of these; 1.0 unless it was very large.
    """

    pixels: np.ndarray
    scale: float

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def sent_size(self) -> tuple[int, int]:
        """Width and height of the photo as sent."""
        return round(self.width * self.scale), round(self.height * self.scale)


def open_photo(image: bytes) -> Photo:
    """Decode a JPEG, PNG, WebP or BMP, turned upright by its EXIF orientation.

    It is decoded in a process of its own, which ends with a photo that takes too long.

    Raises:
        UnreadableImage: empty, not an image, cut off, under 24 pixels a side, or over 40 megapixels
            or 16,000 a side, or too costly to decode (counted before anything is decoded).
    """
    if not image:
        raise UnreadableImage("is empty", "send the photograph's bytes")
    try:
        found = decode_pixels(image, LIMITS, reduce_above=PLENTY_PIXELS)
    except ImageRejected as error:
        raise UnreadableImage(error.reason, _HINTS[error.code]) from error
    pixels = np.frombuffer(found.rgb, np.uint8).reshape(found.height, found.width, 3)
    return Photo(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), found.scale)


def open_frames(images: Sequence[bytes]) -> dict[int, Photo]:
    """Decode the frames of one car that can be, each of the same bytes once, by their index.

    They are in an order that depends on their bytes only: what is calculated of them is the same in
    whatever order they arrived.

    Raises:
        UnreadableImage: none can be decoded; the reason is that of the first.
    """
    first_at = {image: images.index(image) for image in images}
    opened: dict[int, Photo] = {}
    problems: dict[int, UnreadableImage] = {}
    for image in sorted(first_at, key=lambda each: sha256(each).digest()):
        try:
            opened[first_at[image]] = open_photo(image)
        except UnreadableImage as error:
            problems[first_at[image]] = error
    if not opened:
        raise problems[0] if problems else UnreadableImage("is missing", "send a photograph")
    return opened
