"""Photos: personal data, stored below MEDIA_ROOT under unguessable names."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from core.errors import Rejection
from core.ids import public_id

ONE_DAY = timedelta(days=1)
PASSAGES = "passages"
FORMATS = ("JPEG", "PNG")
MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 60_000_000
# A PNG is always decoded at full size, four bytes a pixel, and a blank one is a tiny file.
MAX_PNG_PIXELS = 16_000_000
MIN_SIDE, STORED_SIDE = 48, 1600
_QUALITY = 85


def store(image: bytes, at: datetime, folder: str = PASSAGES) -> str:
    """Write a JPEG and return its path below MEDIA_ROOT: ``passages/2026/11/23/<name>.jpg``."""
    name = f"{folder}/{at:%Y/%m/%d}/{public_id()}.jpg"
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(image)
    return name


def load(name: str) -> bytes:
    """Return the photo of that path.

    Raises:
        FileNotFoundError: it has been deleted, or never existed.
    """
    return _path(name).read_bytes()


def delete(name: str) -> None:
    """Delete the photo, if it still exists."""
    _path(name).unlink(missing_ok=True)


def days_before(at: datetime) -> Iterator[tuple[datetime, list[str]]]:
    """Yield each day (midnight UTC) that ended before the instant, with its passages' photos."""
    root = Path(settings.MEDIA_ROOT)
    for folder in root.glob(f"{PASSAGES}/????/??/??"):
        day = datetime.strptime("/".join(folder.parts[-3:]) + " +0000", "%Y/%m/%d %z")
        if day + ONE_DAY <= at:
            yield day, [str(each.relative_to(root)) for each in folder.iterdir()]


def sanitise(image: bytes) -> bytes:
    """Re-encode a photo as an upright JPEG of at most 1600 pixels a side, without metadata.

    EXIF (place, time, the owner's phone) is dropped.

    Raises:
        Rejection: it is not a JPEG or PNG, cannot be decoded, or is too large or too small.
    """
    if len(image) > MAX_BYTES:
        raise _too_large()
    try:
        with Image.open(BytesIO(image), formats=FORMATS) as photo:
            _check_size(*photo.size)
            _check_cost(photo)
            # Decode a JPEG at reduced scale where that is enough.
            photo.draft("RGB", (2 * STORED_SIDE, 2 * STORED_SIDE))
            upright = ImageOps.exif_transpose(photo).convert("RGB")
    except Rejection:
        raise
    except Exception as error:  # decoders raise errors of any type on malicious input
        raise Rejection(
            "photo",
            "not_an_image",
            _("this is no photograph that can be read"),
            _("take a JPEG or PNG, or take it again"),
        ) from error
    upright.thumbnail((STORED_SIDE, STORED_SIDE))
    jpeg = BytesIO()
    # A new image, so that no metadata of the file is copied.
    Image.frombytes("RGB", upright.size, upright.tobytes()).save(jpeg, "JPEG", quality=_QUALITY)
    return jpeg.getvalue()


@contextmanager
def stored(image: bytes | None, at: datetime, folder: str) -> Iterator[str]:
    """Store a photo for the block; delete it again if the block raises.

    Yields:
        Its path below MEDIA_ROOT, empty without a photo.

    Raises:
        Rejection: as `sanitise`.
    """
    name = store(sanitise(image), at, folder) if image else ""
    try:
        yield name
    except BaseException:
        if name:
            delete(name)
        raise


def _path(name: str) -> Path:
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / name).resolve()
    if not name or not path.is_relative_to(root):
        raise FileNotFoundError(f"{name!r} is not a stored photo")
    return path


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large()
    if min(width, height) < MIN_SIDE:
        raise Rejection(
            "photo",
            "too_small",
            _("the photograph is too small"),
            _("take one that shows the digits"),
        )


def _check_cost(photo: Image.Image) -> None:
    width, height = photo.size
    if photo.format == "PNG" and width * height > MAX_PNG_PIXELS:
        raise Rejection("photo", "too_large", _("the photograph is too large"), _("take a JPEG"))


def _too_large() -> Rejection:
    return Rejection(
        "photo",
        "too_large",
        _("the photograph is too large"),
        _("take one of at most 15 megabytes"),
    )
