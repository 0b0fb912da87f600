"""The managers' page: every tariff on it is valid, and every price on it is right."""

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pricing import check_publishable, parse_tariff, price
from tests.pricing.cases import at, document

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tariff.md").read_text()
ROW = re.compile(r"^\| (\d{4}-\d\d-\d\d \d\d:\d\d) \| (\S+ \S+) \| (\d+)\.(\d\d) \|", re.MULTILINE)


def examples():
    """Each tariff of the page with the rows of prices that follow it."""
    parts = [part.split("```", 1) for part in PAGE.split("```json")[1:]]
    return [(document() | json.loads(block), ROW.findall(text)) for block, text in parts]


def local(text, zone):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(("raw", "rows"), examples())
def test_the_prices_on_the_page_are_those_of_the_engine(raw, rows):
    tariff = parse_tariff(raw)
    check_publishable(tariff)
    zone = ZoneInfo(raw["timezone"])

    assert rows
    for start, end, whole, cents in rows:
        quote = price(tariff, local(start, zone), local(end, zone))
        assert quote.amount == int(whole + cents), (start, end)


@pytest.mark.parametrize(("boundary", "cents"), [("cut", 400), ("carry", 350), ("entry", 500)])
def test_the_page_compares_the_boundaries_rightly(boundary, cents):
    part = PAGE.split("from 17:40 to 20:10:")[1].split("```json")[1].split("```")[0]
    tariff = parse_tariff(document() | json.loads(part) | {"unit_at_boundary": boundary})
    row = re.search(rf"^\| `{boundary}` \|.*\| (\d)\.(\d\d) \|$", PAGE, re.MULTILINE)

    assert price(tariff, at("17:40"), at("20:10")).amount == cents == int(row[1] + row[2])
