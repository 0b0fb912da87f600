"""The photographs of meters: checked, made small, and stripped of where they were taken."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from access import pictures
from core.errors import Refusal

FOLDER = "meters"
FORMATS = ("JPEG", "PNG")
LARGEST_BYTES = 15 * 1024 * 1024
LARGEST_PIXELS = 60_000_000
# A PNG is decoded at its full size, four bytes a pixel, and an empty one of any size is small.
LARGEST_PNG_PIXELS = 16_000_000
SMALLEST_SIDE, KEPT_SIDE = 48, 1600
_QUALITY = 85


def clean(image: bytes) -> bytes:
    """Return the photograph as an upright JPEG of at most 1600 pixels a side, pixels and no more.

    What a camera writes beside them (EXIF: the place, the time, the owner's telephone) is left out.

    Raises:
        Refusal: it is no JPEG or PNG that can be decoded whole, or it is too large or too small.
    """
    if len(image) > LARGEST_BYTES:
        raise _too_large()
    try:
        with Image.open(BytesIO(image), formats=FORMATS) as picture:
            _check_size(*picture.size)
            _check_cost(picture)
            # A JPEG is decoded at a fraction where that is enough.
            picture.draft("RGB", (2 * KEPT_SIDE, 2 * KEPT_SIDE))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except Refusal:
        raise
    except Exception as error:  # a decoder may raise anything on bytes that mean harm
        raise Refusal(
            "photograph",
            _("this is no photograph that can be read"),
            _("take a JPEG or PNG, or take it again"),
        ) from error
    upright.thumbnail((KEPT_SIDE, KEPT_SIDE))
    made = BytesIO()
    # A fresh picture: nothing of the file's own notes can come along.
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


@contextmanager
def kept(image: bytes | None, at: datetime) -> Iterator[str]:
    """Keep a photograph for the time of the block, and for good where the block ends well.

    Yields:
        Its path below MEDIA_ROOT, empty for no photograph.

    Raises:
        Refusal: as `clean`.
    """
    name = pictures.keep(clean(image), at, FOLDER) if image else ""
    try:
        yield name
    except BaseException:
        if name:
            pictures.shred(name)
        raise


def _check_size(width: int, height: int) -> None:
    if width * height > LARGEST_PIXELS:
        raise _too_large()
    if min(width, height) < SMALLEST_SIDE:
        raise Refusal(
            "photograph", _("the photograph is too small"), _("take one that shows the digits")
        )


def _check_cost(picture: Image.Image) -> None:
    width, height = picture.size
    if picture.format == "PNG" and width * height > LARGEST_PNG_PIXELS:
        raise Refusal("photograph", _("the photograph is too large"), _("take a JPEG"))


def _too_large() -> Refusal:
    return Refusal(
        "photograph", _("the photograph is too large"), _("take one of at most 15 megabytes")
    )
