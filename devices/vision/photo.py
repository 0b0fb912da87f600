"""Decode any bytes into the upright pixels of a photo, or reject them."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from devices.vision.plates import UnreadableImage

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
LARGEST_PIXELS = 40_000_000
SMALLEST_SIDE, LONGEST_SIDE = 24, 16_000
#: A JPEG above this is decoded at a half or a quarter: no reader needs a higher resolution.
PLENTY_PIXELS = 6_000_000

ORIENTATION_TAG = 0x0112
#: EXIF 2.32, 4.6.4: what turns each stored orientation upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
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


def open_photo(image: bytes) -> Photo:
    """Decode a JPEG, PNG, WebP or BMP, turned upright by its EXIF orientation.

    Raises:
        UnreadableImage: empty, not an image, cut off, under 24 pixels a side, or over 40 megapixels
            or 16,000 a side (refused from the header, before anything is decoded).
    """
    if not image:
        raise UnreadableImage("is empty", "send the photograph's bytes")
    with _opened(image) as photo:
        _check_size(*photo.size)
        return _decoded(photo)


def _opened(image: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(image), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except Exception as error:  # a decoder may raise anything on bytes that mean harm
        raise UnreadableImage(
            "is not an image that can be read", f"send one of {', '.join(FORMATS)}"
        ) from error


def _check_size(width: int, height: int) -> None:
    if width * height > LARGEST_PIXELS:
        raise _too_large()
    if max(width, height) > LONGEST_SIDE:
        raise UnreadableImage(
            f"is {width} x {height} pixels", f"send no more than {LONGEST_SIDE} a side"
        )
    if min(width, height) < SMALLEST_SIDE:
        raise UnreadableImage(
            f"is only {width} x {height} pixels", f"send {SMALLEST_SIDE} or more a side"
        )


def _too_large() -> UnreadableImage:
    limit = LARGEST_PIXELS // 1_000_000
    return UnreadableImage(f"has over {limit} megapixels", "send it scaled down")


def _decoded(photo: Image.Image) -> Photo:
    width = photo.width
    orientation = _orientation(photo)
    if photo.width * photo.height > PLENTY_PIXELS:
        photo.draft("RGB", (photo.width // 2, photo.height // 2))
    scale = width / photo.width
    try:
        upright = photo.convert("RGB")
        if orientation in UPRIGHT:
            upright = upright.transpose(UPRIGHT[orientation])
        pixels = np.asarray(upright)
    except Exception as error:  # as above: cut off, or made to break the decoder
        raise UnreadableImage("is cut off or damaged", "send the whole file again") from error
    return Photo(np.ascontiguousarray(pixels[:, :, ::-1]), scale)


def _orientation(photo: Image.Image) -> int:
    """The EXIF orientation; 1 (upright) where the EXIF block is missing or broken."""
    try:
        return int(photo.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # a broken EXIF block spoils no photo
        return 1
