"""A home whose database has all tables, to be copied: creating them takes most of a start."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

import pytest

from tests.faults.appliance import COLLECT, Appliance


def make_folder() -> Path:
    """Make a folder for a home.

    Not below pytest's own folder, which other users may not enter; under root the servers run as
    such users.
    """
    return Path(tempfile.mkdtemp(prefix="gatehouse-"))


def copy_home(template: Path, folder: Path) -> None:
    """Copy a home whose servers have stopped.

    The database's files keep their owner, the user that PostgreSQL runs as.
    """
    subprocess.run(["cp", "-a", f"{template}/.", str(folder)], check=True)


@pytest.fixture(scope="session")
def migrated_home() -> Iterator[Path]:
    """A home whose database has all tables, with the static files; its servers have stopped.

    One for all workers of a run: the first makes it, and the last that has used it removes it.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
    record = Path(tempfile.gettempdir()) / f"gatehouse-home-of-{run}"
    users = record.with_suffix(".users")
    with users.open("w") as used:
        with _locked(record) as file:
            folder = Path(file.read() or _make_home())
            file.truncate(0)
            file.write(str(folder))
            fcntl.flock(used, fcntl.LOCK_SH)
        yield folder
        with _locked(record) as file, suppress(BlockingIOError):
            fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)  # a worker that waits for the lock makes another one
            shutil.rmtree(folder, ignore_errors=True)
            for each in (record, users):
                each.unlink(missing_ok=True)


@contextmanager
def _locked(record: Path) -> Iterator[IO[str]]:
    """Open the file where the workers of a run find the home, for one of them at a time."""
    with record.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file


def _make_home() -> Path:
    folder = make_folder()
    template = Appliance(folder)
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        undo.callback(template.stop)
        template.start_database()
        # The tests kill processes, never the machine, which writes all to disk that they wrote.
        template.set_database("fsync", "off")
        template.create_tables()
        template.manage("shell", "--command", COLLECT)
        template.stop()
        undo.pop_all()
    return folder
