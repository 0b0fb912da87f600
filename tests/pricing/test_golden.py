"""The specification's worked cases, priced through the public interface."""

import json

import pytest

from pricing.cli import Door
from tests.specification import ABSENT, SHARED

GOLDEN = SHARED / "golden" / "tariffs.json"


def worked_cases():
    if not GOLDEN.is_file():
        missing = pytest.mark.skip(reason=ABSENT)
        return [pytest.param(None, None, marks=missing, id="absent")]
    return [
        pytest.param(example["tariff"], case, id=f"{example['id']}-{number}")
        for example in json.loads(GOLDEN.read_text())["examples"]
        for number, case in enumerate(example["cases"])
    ]


@pytest.mark.shared
@pytest.mark.parametrize(("tariff", "case"), worked_cases())
def test_a_golden_case_has_its_price(tariff, case):
    request = {key: case[key] for key in ("entry", "exit", "paid") if key in case}
    request["tariff"] = tariff | case.get("override", {})

    answer = json.loads(Door().answer(json.dumps(request).encode()))

    assert answer["due"] == case["expect"], case["work"]
