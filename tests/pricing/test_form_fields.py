"""Documents as the fields of a form: what they hold comes back, what they cannot is named."""

import json

import pytest
from hypothesis import given

from pricing import TariffError
from pricing.form_fields import document_of, fields_of, lost_in_fields, same_meaning
from tests.pricing.cases import DAY_AND_NIGHT, HOURLY, document
from tests.pricing.strategies import tariffs
from tests.pricing.test_golden import GOLDEN


@given(tariffs())
def test_a_document_comes_back_unless_a_part_of_it_is_named_as_lost(tariff):
    assert same_meaning(document_of(fields_of(tariff)), tariff) == (lost_in_fields(tariff) is None)


@given(tariffs())
def test_only_anchors_and_a_day_that_begins_at_24_are_lost(tariff):
    for element in tariff["elements"]:
        element.get("when", {}).pop("anchor", None)
    assert lost_in_fields(tariff) is None


@pytest.mark.shared
def test_every_golden_document_comes_back():
    examples = json.loads(GOLDEN.read_text())["examples"]
    for example in examples:
        for case in example["cases"]:
            tariff = example["tariff"] | case.get("override", {})
            assert lost_in_fields(tariff) is None, example["id"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"anchor": "window_start"}, "anchor"),
        ({"elements": [{"id": "a", "anchor": "minute", "steps": [HOURLY]}]}, "elements[0].anchor"),
        (
            {"elements": [{"id": "a", "when": {"anchor": "minute"}, "steps": [HOURLY]}]},
            "elements[0].when.anchor",
        ),
        (
            {"elements": [*DAY_AND_NIGHT, {"id": "c", "title": {"fr": "x"}, "steps": [HOURLY]}]},
            "elements[2].title",
        ),
    ],
)
def test_what_the_fields_cannot_hold_is_named_by_its_path(change, path):
    assert lost_in_fields(document(**change)).startswith(path)


def test_ways_of_writing_the_same_are_no_loss():
    times = {"time": ["07:00", "00:00"], "day_class": ["holiday", "workday", "holiday"]}
    steps = [{"unit": 30, "price": 1, "per": 30, "round": "up"}]
    assert lost_in_fields(document(elements=[{"id": "a", "when": times, "steps": steps}])) is None


def test_a_document_of_another_shape_has_no_fields():
    with pytest.raises(TariffError):
        fields_of({"schema": "tariff/2"})
