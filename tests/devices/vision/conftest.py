"""The reader under test, loaded once."""

import pytest

from devices.vision.plates import PlateReader, plate_reader


@pytest.fixture(scope="session")
def reader() -> PlateReader:
    return plate_reader("rapidocr")
