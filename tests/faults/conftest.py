"""An appliance whose processes these tests kill."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.appliance.broker import find_mosquitto
from tests.faults.appliance import Appliance
from tests.faults.migrated_home import copy_home, make_folder
from tests.faults.migrated_home import migrated_home as migrated_home


@pytest.fixture
def appliance(migrated_home: Path) -> Iterator[Appliance]:
    """Database and broker with tables; no ingest process runs yet."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: the embedded broker promises nothing")
    folder = make_folder()
    copy_home(migrated_home, folder)
    made = Appliance(folder)
    try:
        made.start_servers()
        yield made
    finally:
        made.show_logs()
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
