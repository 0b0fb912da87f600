"""An appliance whose processes these tests kill."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.appliance.broker import find_mosquitto
from tests.faults.appliance import Appliance


def make_folder() -> Path:
    """Make a folder for a home.

    Not below pytest's own folder, which other users may not enter; under root the servers run as
    such users.
    """
    return Path(tempfile.mkdtemp(prefix="gatehouse-"))


@pytest.fixture(scope="session")
def migrated_home() -> Iterator[Path]:
    """A home whose database has all tables; its servers have stopped.

    Each test starts from a copy, because creating the tables takes most of an appliance's start.
    """
    folder = make_folder()
    template = Appliance(folder)
    try:
        template.start_database()
        template.manage("migrate", "--verbosity", "0")
        template.stop()
        yield folder
    finally:
        template.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def appliance(migrated_home: Path) -> Iterator[Appliance]:
    """Database and broker with tables; no ingest process runs yet."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: the embedded broker promises nothing")
    folder = make_folder()
    # The database's files keep their owner, the user that PostgreSQL runs as.
    subprocess.run(["cp", "-a", f"{migrated_home}/.", str(folder)], check=True)
    made = Appliance(folder)
    try:
        made.start_servers()
        yield made
    finally:
        made.show_logs()
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
