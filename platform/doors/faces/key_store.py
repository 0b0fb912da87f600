"""Keys of people's faces: one file each, in a folder that only this system user can read.

The folder is outside the database, and no backup copies it. What is encrypted under a key is lost
with it, also in copies of the database that nobody can reach.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from core.ids import public_id

KEY_BYTES = 32
_SUFFIX = ".key"


class KeyMissing(LookupError):  # noqa: N818 - the name states the condition
    """The key was destroyed, or never existed here."""


def folder() -> Path:
    """Return the folder of the keys."""
    return Path(settings.FACE_KEYS or Path(settings.HOME) / "face-keys")


def create() -> tuple[str, bytes]:
    """Make a key; return its name and the key once it is on the disk."""
    place = _private_folder()
    name, key = public_id(), secrets.token_bytes(KEY_BYTES)
    partial = place / f".{name}.new"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(place / f"{name}{_SUFFIX}")
    _sync(place)
    return name, key


def load(name: str) -> bytes:
    """Return the key of that name.

    Raises:
        KeyMissing: there is none, or not all of it.
    """
    try:
        key = _path(name).read_bytes()
    except FileNotFoundError:
        raise KeyMissing(name) from None
    if len(key) != KEY_BYTES:
        raise KeyMissing(name)
    return key


def exists(name: str) -> bool:
    """Whether there is a key of that name."""
    return _path(name).is_file()


def destroy(name: str) -> None:
    """Delete a key; what is encrypted under it can't be read any more, wherever it is."""
    with suppress(FileNotFoundError):
        _path(name).unlink()
        _sync(folder())


def older_than(instant: datetime) -> Iterator[str]:
    """Yield the names of the keys that were made before an instant."""
    if not folder().is_dir():
        return
    for path in sorted(folder().glob(f"*{_SUFFIX}")):
        with suppress(FileNotFoundError):
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < instant:
                yield path.name.removesuffix(_SUFFIX)


def _path(name: str) -> Path:
    if not name.isalnum():
        raise KeyMissing(name)
    return folder() / f"{name}{_SUFFIX}"


def _private_folder() -> Path:
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    return place


def _sync(place: Path) -> None:
    """Write the folder's entries to the disk, so that a crash brings no deleted key back."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
