"""Photographs: personal data, kept below MEDIA_ROOT under unguessable names."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from core.ids import public_id

ONE_DAY = timedelta(days=1)
PASSAGES = "passages"


def keep(image: bytes, at: datetime, folder: str = PASSAGES) -> str:
    """Write a JPEG and return its path below MEDIA_ROOT: ``passages/2026/11/23/<name>.jpg``."""
    name = f"{folder}/{at:%Y/%m/%d}/{public_id()}.jpg"
    place = _place(name)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(image)
    return name


def load(name: str) -> bytes:
    """Return the photograph of that path.

    Raises:
        FileNotFoundError: its time of keeping is over, or it never was.
    """
    return _place(name).read_bytes()


def shred(name: str) -> None:
    """Delete the photograph; one that is gone already is well."""
    _place(name).unlink(missing_ok=True)


def days_before(at: datetime) -> Iterator[tuple[datetime, list[str]]]:
    """Yield each day (its midnight, UTC) over at that instant, and its passages' photographs."""
    root = Path(settings.MEDIA_ROOT)
    for folder in root.glob(f"{PASSAGES}/????/??/??"):
        day = datetime.strptime("/".join(folder.parts[-3:]) + " +0000", "%Y/%m/%d %z")
        if day + ONE_DAY <= at:
            yield day, [str(each.relative_to(root)) for each in folder.iterdir()]


def _place(name: str) -> Path:
    root = Path(settings.MEDIA_ROOT).resolve()
    place = (root / name).resolve()
    if not name or not place.is_relative_to(root):
        raise FileNotFoundError(f"{name!r} is no photograph")
    return place
