"""What a person entered is spelled in one way, or refused by its field with the mend."""

from datetime import timedelta

import pytest

from core import clock, entered
from core.errors import Refusal


def test_a_plate_has_one_spelling():
    assert entered.plate(" 沪a·123 45") == "沪A12345"


@pytest.mark.parametrize("text", ["", "!!", "无牌车", "A", "沪A1234567890123"])
def test_what_is_no_plate_is_refused_by_the_field_it_stood_in(text):
    with pytest.raises(Refusal) as refused:
        entered.plate(text, field="text")
    assert refused.value.field == "text"
    assert "沪A12345" in refused.value.mend


def test_a_reason_of_spaces_is_none_and_the_mend_says_what_is_asked():
    with pytest.raises(Refusal) as refused:
        entered.require_reason("  ", "say what you found")
    assert (refused.value.field, refused.value.mend) == ("reason", "say what you found")
    entered.require_reason("mud on the plate")


def test_what_ends_ends_later_than_it_begins():
    now = clock.now()
    for ends_at in (now, now - timedelta(seconds=1)):
        with pytest.raises(Refusal) as refused:
            entered.require_order(now, ends_at)
        assert refused.value.field == "ends_at"
    entered.require_order(now, None)
    entered.require_order(now, now + timedelta(seconds=1))
