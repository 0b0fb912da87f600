"""Photos and receipts: a tar archive of MEDIA_ROOT, and back."""

import shutil
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from config.backup.errors import BackupError

Report = Callable[[str], None]
REPORT_EVERY_S = 5.0


def pack(media: Path, archive: Path, report: Report) -> int:
    """Archive every file below MEDIA_ROOT; return how many.

    Files that are deleted meanwhile, by the job that ends their retention, are left out.
    """
    count, report_at = 0, time.monotonic() + REPORT_EVERY_S
    with tarfile.open(archive, "w") as tar:
        for path in sorted(media.rglob("*")) if media.is_dir() else []:
            if not path.is_file() or path.is_symlink():
                continue
            try:
                tar.add(path, path.relative_to(media).as_posix(), recursive=False)
            except FileNotFoundError:
                continue
            count += 1
            if time.monotonic() >= report_at:
                report(f"photos: {count} files")
                report_at = time.monotonic() + REPORT_EVERY_S
    archive.chmod(0o600)
    return count


def is_empty(media: Path) -> bool:
    """Return whether MEDIA_ROOT holds no file."""
    return not media.is_dir() or not any(path.is_file() for path in media.rglob("*"))


def unpack(archive: Path, media: Path) -> int:
    """Replace MEDIA_ROOT by the archive's files; return how many.

    They are unpacked beside it first, so that a damaged archive leaves the present files alone.

    Raises:
        BackupError: the archive cannot be read.
    """
    unpacked = media.with_name(f"{media.name}.restoring")
    shutil.rmtree(unpacked, ignore_errors=True)
    unpacked.mkdir(parents=True, mode=0o700)
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(unpacked, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise BackupError(f"{archive} cannot be unpacked: {error}.") from None
    shutil.rmtree(media, ignore_errors=True)
    unpacked.rename(media)
    return sum(path.is_file() for path in media.rglob("*"))
