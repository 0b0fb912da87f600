"""Batches of documents, rendered by a run in parts and packed into one zip file."""

import shutil
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

from core import jobs
from core.documents.services import FOLDER, KEPT
from core.models import Run

BATCHES = f"{FOLDER}/batches"


def store_part(run: Run, number: int, pdf: bytes) -> None:
    """Store one part of a run's batch; a part that is rendered again replaces itself."""
    folder = _folder(run)
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{number:05d}.new"
    partial.write_bytes(pdf)
    partial.replace(folder / f"{number:05d}.pdf")


def pack(run: Run, name: str) -> str:
    """Pack the parts of a run into a zip file; return its path below MEDIA_ROOT.

    Args:
        name: of the files in it, without the part's number.
    """
    parts = sorted(_folder(run).glob("*.pdf"))
    target = _folder(run) / f"{name}.zip"
    # PDFs are compressed already.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            archive.write(part, f"{name}-{part.name}")
    for part in parts:
        part.unlink()
    return str(target.relative_to(settings.MEDIA_ROOT))


def batch_file(run: Run) -> Path | None:
    """Return the zip file of a run that is done; None where there is none any more."""
    name = run.result.get("file", "")
    path = Path(settings.MEDIA_ROOT) / name
    return path if name and path.is_file() else None


def delete_batches(site_id: int) -> None:
    """Delete all batches of a site."""
    shutil.rmtree(Path(settings.MEDIA_ROOT) / BATCHES / str(site_id), ignore_errors=True)


@jobs.every(minutes=720)
def delete_old_batches() -> int:
    """Delete the batches that were made so long ago; return how many."""
    before = time.time() - KEPT.total_seconds()
    old = [each for each in _all_folders() if each.stat().st_mtime < before]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def _all_folders() -> Sequence[Path]:
    return list((Path(settings.MEDIA_ROOT) / BATCHES).glob("*/*"))


def _folder(run: Run) -> Path:
    return Path(settings.MEDIA_ROOT) / BATCHES / str(run.site_id) / str(run.pk)
