"""An appliance whose processes these tests kill."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.appliance.broker import find_mosquitto
from tests.faults.appliance import Appliance


@pytest.fixture
def appliance() -> Iterator[Appliance]:
    """Database and broker with tables; no ingest process runs yet."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed: the embedded broker promises nothing")
    # Not below pytest's own folder, which other users may not enter; under root the servers run
    # as such users.
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-"))
    made = Appliance(folder)
    try:
        made.start()
        yield made
    finally:
        made.show_logs()
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
