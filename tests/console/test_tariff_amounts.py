"""Amounts in forms: entered in the currency's unit, returned in minor units."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.currencies import CURRENCIES
from ui.amounts import AmountField, AmountsField

MINOR = st.integers(0, 10**15)  # as large as a tariff allows


def field(kind: type[AmountField], currency: str) -> AmountField:
    made = kind(required=False)
    made.currency = currency
    return made


@given(st.sampled_from(sorted(CURRENCIES)), st.lists(MINOR, min_size=1, max_size=4))
def test_an_amount_that_is_shown_is_read_again_in_every_currency(currency, amounts):
    one, several = field(AmountField, currency), field(AmountsField, currency)
    assert one.clean(one.prepare_value(amounts[0])) == amounts[0]
    assert several.clean(several.prepare_value(amounts)) == amounts


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("CNY", "12.5", 1250),
        ("CNY", "12.500", 1250),
        ("CNY", " 7. ", 700),
        ("JPY", "250", 250),
        ("JPY", "250.0", 250),
        ("KWD", "0.125", 125),
        ("KWD", "9223372036854775.807", 2**63 - 1),
        ("CNY", "", None),
    ],
)
def test_an_amount_is_returned_in_minor_units(currency, text, minor):
    assert field(AmountField, currency).clean(text) == minor


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        ("CNY", "12.345"),
        ("JPY", "2.5"),
        ("KWD", "0.0001"),
        ("CNY", "-1"),
        ("CNY", "1,000"),
        ("CNY", "1e3"),
        ("CNY", "１"),
        ("CNY", "."),
        ("CNY", "9" * 20),
        ("KWD", "9223372036854775.808"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_rejected(currency, text):
    with pytest.raises(ValidationError):
        field(AmountField, currency).clean(text)
