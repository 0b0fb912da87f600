"""A home whose database has all tables, to be copied: creating them takes most of a start."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.appliance import Appliance


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
    """A home whose database has all tables; its servers have stopped."""
    folder = make_folder()
    template = Appliance(folder)
    try:
        template.start_database()
        # The tests kill processes, never the machine, which writes all to disk that they wrote.
        template.set_database("fsync", "off")
        template.create_tables()
        template.stop()
        yield folder
    finally:
        template.stop()
        shutil.rmtree(folder, ignore_errors=True)
