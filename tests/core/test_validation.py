"""Entered values are normalised, or rejected with field and hint."""

from datetime import timedelta

import pytest

from core import clock, validation
from core.errors import Rejection


def test_a_plate_is_normalised():
    assert validation.plate(" 沪a·123 45") == "沪A12345"


@pytest.mark.parametrize("text", ["", "!!", "无牌车", "A", "沪A1234567890123"])
def test_an_invalid_plate_is_rejected_with_its_field(text):
    with pytest.raises(Rejection) as refused:
        validation.plate(text, field="text")
    assert refused.value.field == "text"
    assert "沪A12345" in refused.value.hint


def test_a_blank_reason_is_rejected_with_its_hint():
    with pytest.raises(Rejection) as refused:
        validation.require_reason("  ", "enter what you found")
    assert (refused.value.field, refused.value.hint) == ("reason", "enter what you found")
    validation.require_reason("mud on the plate")


def test_a_period_must_end_after_it_begins():
    now = clock.now()
    for ends_at in (now, now - timedelta(seconds=1)):
        with pytest.raises(Rejection) as refused:
            validation.require_order(now, ends_at)
        assert refused.value.field == "ends_at"
    validation.require_order(now, None)
    validation.require_order(now, now + timedelta(seconds=1))
