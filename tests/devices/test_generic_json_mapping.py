"""Generic JSON: invalid mappings, and the stored form of valid ones."""

import pytest

from core.errors import Rejection
from devices.drivers import generic_json
from tests.devices.mappings import OCCUPIED, TEMPERATURE, one


def wrong(options: dict) -> str:
    with pytest.raises(Rejection) as refused:
        generic_json.check_options(options)
    assert refused.value.hint
    return refused.value.field


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"metric": []}, "options.metric"),
        ({"metrics": {}}, "options.metrics"),
        ({"metrics": ["t"]}, "options.metrics"),
        ({"metrics": [TEMPERATURE] * 101}, "options.metrics"),
        ({"metrics": [TEMPERATURE, TEMPERATURE]}, "options.metrics[1].metric"),
        (
            {"metrics": [TEMPERATURE, {"metric": "Temp", "pointer": "/t"}]},
            "options.metrics[1].metric",
        ),
        ({"metrics": [{"pointer": "/t"}]}, "options.metrics[0].metric"),
        ({"metrics": [{"metric": "t"}]}, "options.metrics[0].pointer"),
        (one("temp"), "options.metrics[0].pointer"),
        (one("/a~2b"), "options.metrics[0].pointer"),
        (one("/" + "a" * 300), "options.metrics[0].pointer"),
        (one(5), "options.metrics[0].pointer"),
        (one("/t", scale="0"), "options.metrics[0].scale"),
        (one("/t", scale="0,1"), "options.metrics[0].scale"),
        (one("/t", scale="1e99"), "options.metrics[0].scale"),
        (one("/t", scale=True), "options.metrics[0].scale"),
        (one("/t", scale="NaN"), "options.metrics[0].scale"),
        (one("/t", offset="1e-99"), "options.metrics[0].offset"),
        (one("/t", offset=[]), "options.metrics[0].offset"),
        (one("/t", unit="a" * 17), "options.metrics[0].unit"),
        (one("/t", unit="\x00"), "options.metrics[0].unit"),
        (one("/t", unit=5), "options.metrics[0].unit"),
        (one("/t", optional="yes"), "options.metrics[0].optional"),
        (one("/t", extra=1), "options.metrics[0].extra"),
        ({"at": {"pointer": "/t", "form": "unix_s"}}, "options.metrics"),
        ({**one("/t"), "at": "/t"}, "options.at"),
        ({**one("/t"), "at": {"pointer": "/t", "form": "iso"}}, "options.at.form"),
        ({**one("/t"), "at": {"form": "unix_s"}}, "options.at.pointer"),
        ({**one("/t"), "id": "n"}, "options.id"),
        ({"occupied": {"pointer": "/c", "yes": [1]}}, "options.occupied.no"),
        ({"occupied": {"pointer": "/c", "yes": [], "no": [0]}}, "options.occupied.yes"),
        ({"occupied": {"pointer": "/c", "yes": [1], "no": ["1"]}}, "options.occupied.no"),
        ({"occupied": {"pointer": "/c", "yes": [[]], "no": [0]}}, "options.occupied.yes"),
        ({"occupied": {"pointer": "/c", "yes": [" "], "no": [0]}}, "options.occupied.yes"),
        ({"occupied": OCCUPIED, "online": OCCUPIED}, "options.online"),
        ({"occupied": OCCUPIED, "firmware": "/fw"}, "options.firmware"),
        ({**one("/t"), "gateway": "a/b"}, "options.gateway"),
        ({**one("/t"), "gateway": 5}, "options.gateway"),
        ({"preset": "nothing"}, "options.preset"),
        ({"preset": ["nothing"]}, "options.preset"),
    ],
)
def test_a_wrong_mapping_is_rejected_by_field(options, field):
    assert wrong(options) == field


def test_a_checked_mapping_is_kept_as_it_will_be_checked_again():
    options = {**one("/t", scale=0.001, offset="1e2", unit="V"), "occupied": OCCUPIED, "id": "/n"}
    options["gateway"] = "chirpstack-1"
    kept = generic_json.check_options(options)
    assert generic_json.check_options(kept) == kept
    assert kept["metrics"][0]["scale"] == "0.001"
    assert kept["metrics"][0]["offset"] == "100"
    assert kept["occupied"]["yes"] == ["true", "occupied"]
    assert kept["gateway"] == "chirpstack-1"


def test_the_units_are_those_that_were_entered():
    options = {"metrics": [{**TEMPERATURE, "unit": "°F"}, {"metric": "n", "pointer": "/n"}]}
    assert generic_json.units(options) == {"temperature.c": "°F"}
