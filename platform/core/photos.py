"""Photos: personal data, stored below MEDIA_ROOT under unguessable names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Rejection
from core.ids import public_id
from core.images import ImageRejected, Limits, reencode_jpeg
from core.images.structure import PNG_SIGNATURE

P = ParamSpec("P")
T = TypeVar("T")

PASSAGES = "passages"
FORMATS = ("JPEG", "PNG")
MAX_BYTES = 15 * 1024 * 1024
MAX_PIXELS = 60_000_000
# A PNG is always decoded at full size, four bytes a pixel, and a blank one is a tiny file.
MAX_PNG_PIXELS = 16_000_000
MIN_SIDE, STORED_SIDE = 48, 1600
LIMITS = Limits(
    formats=FORMATS,
    pixels=MAX_PIXELS,
    png_pixels=MAX_PNG_PIXELS,
    smallest_side=MIN_SIDE,
    longest_side=MAX_PIXELS // MIN_SIDE,
)
_QUALITY = 85


class CleanPhoto(bytes):
    """A JPEG that `sanitise` returned."""

    __slots__ = ()


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


def day_of(name: str) -> datetime:
    """Return the day (midnight UTC) in the path of a photo."""
    return datetime.strptime(name.split("/", 1)[1][:10] + " +0000", "%Y/%m/%d %z")


def sanitise(image: bytes) -> CleanPhoto:
    """Re-encode a photo as an upright JPEG of at most 1600 pixels a side, without metadata.

    EXIF (place, time, the owner's phone) is dropped. It may take seconds, so services call it
    before their transaction begins.

    Raises:
        Rejection: it is not a JPEG or PNG, cannot be decoded, or is too large, too small or too
            costly to decode.
    """
    if len(image) > MAX_BYTES:
        raise _too_large(_("use a photo of at most 15 MB"))
    try:
        return CleanPhoto(reencode_jpeg(image, LIMITS, side=STORED_SIDE, quality=_QUALITY))
    except ImageRejected as error:
        raise _rejection(error.code, is_png=image.startswith(PNG_SIGNATURE)) from error


def sanitises_photo(service: Callable[P, T]) -> Callable[P, T]:
    """Decorate a service: its keyword argument ``photo`` is sanitised before the service begins.

    It stands above ``transaction.atomic``, so that no transaction waits for a decoder.
    """

    @wraps(service)
    def sanitised(*args: P.args, **kwargs: P.kwargs) -> T:
        photo = kwargs.get("photo")
        if photo:
            kwargs["photo"] = sanitise(cast("bytes", photo))
        return service(*args, **kwargs)

    return sanitised


@contextmanager
def stored(image: bytes | None, at: datetime, folder: str) -> Iterator[str]:
    """Store a sanitised photo for the block; delete it again if the block raises.

    Yields:
        Its path below MEDIA_ROOT, empty without a photo.

    Raises:
        TypeError: the photo was not sanitised.
    """
    if image and not isinstance(image, CleanPhoto):
        raise TypeError("the photo was not sanitised; decorate the service with sanitises_photo")
    name = store(image, at, folder) if image else ""
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


def _rejection(code: str, *, is_png: bool) -> Rejection:
    if code in ("too_large", "too_long"):
        return _too_large(_("use a JPEG") if is_png else _("use a photo of at most 15 MB"))
    if code == "too_small":
        problem, hint = _("the photo is too small"), _("take a photo that shows the digits")
        return Rejection("photo", code, problem, hint)
    if code in ("too_costly", "timeout"):
        problem = _("the photo takes too long to open")
        return Rejection("photo", code, problem, _("use the phone's own camera app"))
    return Rejection(
        "photo",
        "not_an_image",
        _("this photo cannot be opened"),
        _("use a JPEG or PNG file, or take the photo again"),
    )


def _too_large(hint: str) -> Rejection:
    return Rejection("photo", "too_large", _("the photo is too large"), hint)
