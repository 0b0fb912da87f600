"""The prices by length of stay, as ranges of one price."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import StayError, parse_tariff, price
from pricing.ranges import price_ranges
from tests.pricing.cases import at, tariff
from tests.pricing.strategies import instants, tariffs


def test_ranges_change_at_the_minute_at_which_the_price_does():
    priced = tariff({"unit": 25, "price": 100}, free={"minutes": 17})
    ranges = price_ranges([priced], at("10:00"), hours=1)
    assert [(each.first, each.last, each.amounts) for each in ranges] == [
        (0, 17, (0,)),
        (18, 25, (100,)),
        (26, 50, (200,)),
        (51, 60, (300,)),
    ]


def test_two_tariffs_side_by_side_share_their_ranges():
    ranges = price_ranges([tariff(), tariff({"flat": 250})], at("10:00"), hours=2)
    assert [(each.last, each.amounts) for each in ranges] == [
        (0, (0, 0)),
        (60, (100, 250)),
        (120, (200, 250)),
    ]


def test_short_units_are_shown_every_five_minutes():
    ranges = price_ranges([tariff({"unit": 1, "price": 1})], at("10:00"), hours=1)
    assert [each.last for each in ranges] == list(range(0, 61, 5))


@given(tariffs(["cut", "carry", "entry"]), instants(), st.integers(0, 24 * 60))
def test_each_length_costs_what_its_range_names(document, entry, minutes):
    priced = parse_tariff(document | {"uncovered": "free"})
    ranges = price_ranges([priced], entry, hours=24)
    units = [step.unit for ladder in priced.ladders for step in ladder if step.unit]
    length = minutes if min(units, default=60) >= 10 else minutes // 5 * 5
    (found,) = [each for each in ranges if each.first <= length <= each.last]
    assert found.amounts == (price(priced, entry, entry + timedelta(minutes=length)).amount,)


def test_an_entry_that_cannot_be_priced_is_refused():
    with pytest.raises(StayError):
        price_ranges([tariff()], at("10:00").replace(year=3000))
