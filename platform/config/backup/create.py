"""Take a backup while the installation runs.

The database is dumped first, then the photos are archived: every photo that the dump refers to
exists by then, and one that is deleted in between had reached the end of its retention.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from config.appliance.places import Home
from config.backup import certificates, keys, photos, state
from config.backup.dump import Snapshot, dump, snapshot
from config.backup.errors import BackupError
from config.backup.manifest import (
    ANCHORS,
    CERTIFICATES,
    DATABASE,
    FORMAT,
    KEYS,
    PHOTOS,
    Manifest,
    sha256,
)
from config.backup.server import Server
from core import clock

Report = Callable[[str], None]
_EXTENSION = "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
_MIGRATIONS = "SELECT app || '.' || name FROM django_migrations ORDER BY id"


def create(
    folder: Path, home: Home, server: Server, *, passphrase: str, report: Report
) -> Manifest:
    """Back up database, photos, keys, certificates and audit anchors into a new or empty folder.

    Args:
        folder: the backup's own folder.
        home: of the installation, where the time of its last backup is stored.
        server: its database.
        passphrase: encrypts the keys; empty leaves them readable.
        report: receives lines of progress.

    Raises:
        BackupError: the folder is not empty, or a part failed; the folder is left empty then.
    """
    with _new_folder(folder):
        with snapshot(server) as taken:
            report(f"database: dumping {server.database}")
            created_at = clock.now().isoformat()
            dump(server, taken, folder / DATABASE, report)
            report("database: counting rows")
            described = _describe(taken)
        _write_files(folder, home, passphrase, report)
        manifest = Manifest(
            format=FORMAT,
            created_at=created_at,
            gatehouse=version("gatehouse"),
            postgres=server.version,
            keys_encrypted=bool(passphrase),
            sha256={path.name: sha256(path) for path in folder.iterdir()},
            **described,
        )
        manifest.write(folder)
    state.remember(home, created_at, folder)
    return manifest


def _write_files(folder: Path, home: Home, passphrase: str, report: Report) -> None:
    """Write what is not in the database: photos, keys, certificates and audit anchors."""
    count = photos.pack(Path(settings.MEDIA_ROOT), folder / PHOTOS, report)
    report(f"photos: {count} files")
    keys.write(folder / KEYS, _keys(), passphrase)
    count = certificates.pack(home, folder / CERTIFICATES, passphrase)
    report(f"certificates: {count} files")
    if settings.AUDIT_ANCHORS.is_file():
        shutil.copyfile(settings.AUDIT_ANCHORS, folder / ANCHORS)


def _describe(taken: Snapshot) -> dict:
    extension = taken.rows(_EXTENSION)
    return {
        "timescaledb": str(extension[0][0]) if extension else "",
        "migrations": [name for (name,) in taken.rows(_MIGRATIONS)],
        "roles": taken.roles(),
        "rows": taken.counts(),
    }


def _keys() -> dict[str, str]:
    if not settings.MASTER_KEY:
        raise BackupError(
            "GATEHOUSE_MASTER_KEY is not set, and without it a backup could not be used: run this "
            "where the other processes run, with their environment."
        )
    return dict(zip(keys.NAMES, (settings.MASTER_KEY, settings.SECRET_KEY), strict=True))


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make the folder, and remove what is in it where the backup fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise BackupError(f"{folder} is not empty: name a new folder for each backup.")
        folder.chmod(0o700)
    except OSError as error:
        raise BackupError(f"{folder} cannot be used: {error.strerror}.") from None
    try:
        yield
    except BaseException:
        for path in folder.iterdir():
            path.unlink()
        raise
