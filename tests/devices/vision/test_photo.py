"""What becomes of the bytes that cameras and people send."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.images.worker import ORIENTATION_TAG, UPRIGHT
from devices.vision.photo import Photo, open_photo
from devices.vision.plates import UnreadableImage


def red_cornered() -> Image.Image:
    """Wider than high, its top left corner red."""
    image = Image.new("RGB", (120, 80), "grey")
    image.paste("red", (0, 0, 40, 24))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def is_red(pixel: np.ndarray) -> bool:
    blue, green, red = map(int, pixel)
    return red > 180 and blue < 90 and green < 90


def a_png_that_claims(width: int, height: int) -> bytes:
    """A header of that size and next to no data: a decompression bomb's outside."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (header, body, b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def with_bad_pixels() -> bytes:
    """A whole PNG whose compressed pixels are not."""
    image = bytearray(encoded(red_cornered(), "PNG"))
    at = image.index(b"IDAT") + 4
    image[at : at + 8] = b"\xff" * 8
    return bytes(image)


SOUND = encoded(red_cornered(), "JPEG")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_the_usual_formats_are_opened_as_they_are(kind):
    photo = open_photo(encoded(red_cornered(), kind))
    assert (photo.width, photo.height, photo.scale) == (120, 80, 1.0)
    assert is_red(photo.pixels[10, 10])


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "1", "P"])
def test_any_colour_mode_becomes_three_channels(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert open_photo(encoded(red_cornered().convert(mode), kind)).pixels.shape == (80, 120, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright_by_its_exif(orientation):
    stored = red_cornered()
    undo = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    if orientation in UPRIGHT:
        stored = stored.transpose(undo.get(orientation, UPRIGHT[orientation]))
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    photo = open_photo(encoded(stored, "JPEG", exif=exif))
    assert (photo.width, photo.height) == (120, 80)
    assert is_red(photo.pixels[10, 10])


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_broken_exif_block_spoils_no_photo():
    whole = encoded(red_cornered(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\xff\xff\xff\xff\xff")
    assert open_photo(whole).width == 120


def test_a_very_large_photo_is_opened_at_half_its_size():
    photo = open_photo(encoded(red_cornered().resize((4000, 3000)), "JPEG"))
    assert (photo.width, photo.height, photo.scale) == (2000, 1500, 2.0)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (b"", "is empty"),
        (b"no picture at all", "is not an image"),
        (encoded(red_cornered(), "GIF"), "is not an image"),
        (SOUND[: len(SOUND) * 3 // 4], "is cut off"),
        (SOUND[:30], "is not an image"),
        (encoded(Image.new("RGB", (200, 10)), "PNG"), "is only 200 x 10"),
        (encoded(Image.new("RGB", (1, 1)), "PNG"), "is only 1 x 1"),
        (a_png_that_claims(8000, 6000), "has over 40 megapixels"),
        (a_png_that_claims(60000, 60000), "has over 40 megapixels"),
        (a_png_that_claims(30000, 100), "is 30000 x 100"),
        (a_png_that_claims(640, 480), "is cut off"),
        (with_bad_pixels(), "is cut off or damaged"),
    ],
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_what_is_no_photo_is_refused_with_the_field_and_the_hint(image, reason):
    with pytest.raises(UnreadableImage) as caught:
        open_photo(image)
    assert caught.value.field == "image"
    assert caught.value.reason.startswith(reason)
    assert caught.value.hint
    assert str(caught.value) == f"image: {caught.value.reason}; {caught.value.hint}"


def opened(image: bytes) -> Photo | None:
    try:
        return open_photo(image)
    except UnreadableImage:
        return None


@given(st.data())
def test_damaged_bytes_are_opened_or_refused_and_nothing_else(data):
    image = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 8))):
        image[data.draw(st.integers(0, len(image) - 1))] = data.draw(st.integers(0, 255))
    photo = opened(bytes(image))
    assert photo is None or photo.pixels.dtype == np.uint8


@given(st.binary(max_size=200))
def test_any_bytes_are_opened_or_refused(noise):
    with pytest.raises(UnreadableImage):
        open_photo(noise)
