"""Register arithmetic is exact and agrees with the specification's cases."""

import json
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.register import Dial, ReadingDecreased, advance, used

DIAL = Dial(5, 1)
SHOWN = st.decimals(0, Decimal("99999.9"), places=1)


def test_a_register_has_a_capacity_and_a_step():
    assert DIAL.capacity == 100_000
    assert DIAL.can_show(Decimal("99999.9"))
    assert not DIAL.can_show(Decimal("100000"))
    assert not DIAL.can_show(Decimal("0.05"))
    assert not DIAL.can_show(Decimal("-0.1"))


@pytest.mark.parametrize(
    ("reported", "shown"),
    [
        ("1234.2999999999", "1234.3"),
        ("1234.35", "1234.4"),
        ("0.30000000000000004", "0.3"),
        ("99999.97", "99999.9"),
    ],
)
def test_a_value_is_rounded_to_the_registers_decimals(reported, shown):
    assert DIAL.round(Decimal(reported)) == Decimal(shown)


@pytest.mark.parametrize("reported", ["-0.1", "100000", "1e99", "NaN", "Infinity"])
def test_a_value_out_of_range_has_no_register_value(reported):
    assert DIAL.round(Decimal(reported)) is None


def test_a_lower_end_is_rejected_unless_a_rollover_is_confirmed():
    with pytest.raises(ReadingDecreased):
        advance(Decimal(99_987), Decimal(21), Decimal(100_000))
    with pytest.raises(ReadingDecreased):
        advance(Decimal(99_987), Decimal(21), None, rolled_over=True)
    assert advance(Decimal(99_987), Decimal(21), Decimal(100_000), rolled_over=True) == 34


@given(st.lists(SHOWN, min_size=2, max_size=8))
def test_advances_add_up_to_the_difference(values):
    values.sort()
    whole = DIAL.advance(values[0], values[-1])
    assert sum(DIAL.advance(a, b) for a, b in pairwise(values)) == whole


@given(SHOWN, SHOWN, st.integers(0, 999_999))
def test_the_starting_value_does_not_change_the_consumption(start, end, shift):
    """The result is the same across a rollover."""
    moved = [(value + Decimal(shift) / 10) % DIAL.capacity for value in (start, end)]
    assert DIAL.advance(*moved) == DIAL.advance(start, end)


@pytest.mark.shared
def test_the_specification_s_cases_of_meters(shared):
    examples = json.loads((shared / "golden" / "property.json").read_text())["examples"]
    cases = [case for each in examples for case in each["cases"] if case["kind"] == "meter"]
    assert cases
    for case in cases:
        assert fen(case["input"]) == case["expect"]


def fen(said):
    """Return the price of a case, by the function that calculates consumption."""
    parts = said.get("parts") or [[said["start"], said["end"]]]
    capacity = Decimal(10) ** said["digits"] if "digits" in said else None
    try:
        amount = used(
            [(Decimal(start), Decimal(end)) for start, end in parts],
            Decimal(said.get("multiplier", 1)),
            capacity,
            rolled_over=said.get("rollover_confirmed", False),
        )
    except ReadingDecreased as error:
        return [f"error:{error.code}"]
    return [int((amount * Decimal(said["price"]) * 100).to_integral_value("ROUND_HALF_UP"))]
