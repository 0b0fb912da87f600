"""Files below MEDIA_ROOT that no row names: their transaction was rolled back, or a process died.

A room declares the folders of its files in its `apps.py`. A file is deleted a day after it was
written if no row names it; by then every transaction that may still commit has ended.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from core import clock

AGE = timedelta(days=1)
# Returns which of the paths below MEDIA_ROOT, all of one folder, a row names.
InUse = Callable[[list[str]], Iterable[str]]
_folders: dict[str, InUse] = {}


def declare(folder: str, in_use: InUse) -> None:
    """Declare a folder below MEDIA_ROOT; all files below it that no row names may be deleted."""
    _folders[folder] = in_use


def delete_orphans() -> int:
    """Delete the files that are older than a day and that no row names; return how many."""
    root, deleted = Path(settings.MEDIA_ROOT), 0
    for folder, in_use in _folders.items():
        for names in _old_files(root, folder):
            for name in set(names).difference(in_use(names)):
                (root / name).unlink(missing_ok=True)
                deleted += 1
    return deleted


def _old_files(root: Path, folder: str) -> Iterator[list[str]]:
    """Yield the paths of old files below MEDIA_ROOT, one folder after another."""
    before = clock.now() - AGE
    for place, _below, names in os.walk(root / folder):
        files = [Path(place) / name for name in names]
        old = [each for each in files if _written_at(each) < before]
        if old:
            yield [str(each.relative_to(root)) for each in old]


def _written_at(file: Path) -> datetime:
    """Return when a file was written; far ahead for one that was deleted meanwhile."""
    try:
        return datetime.fromtimestamp(file.lstat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)
