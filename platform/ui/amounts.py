"""Form fields for amounts of money: entered in the currency's unit, returned in minor units."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.currencies import exponent
from core.money import Money

_NUMBER = re.compile(r"[0-9]{1,16}(\.[0-9]*)?")
# Amounts are stored as 64-bit integers.
_MOST = 2**63 - 1
_SEPARATORS = re.compile(r"[\s,;，；、]+")


class AmountField(forms.Field):
    """An amount of `currency`, which the form sets: 12.50 in CNY is 1250, 12 in JPY is 12."""

    widget = forms.TextInput
    currency = "XXX"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        """Return the text of an amount in minor units; a text that was entered stays."""
        return str(Money(value, self.currency).major()) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Return the amount in minor units, None if empty."""
        text = str(value or "").strip()
        return self.minor(text) if text else None

    def minor(self, text: str) -> int:
        """Return an amount as minor units.

        Raises:
            ValidationError: the text is no amount, has more decimals than the currency, or is more
                than can be stored.
        """
        if not _NUMBER.fullmatch(text):
            raise forms.ValidationError(
                _("Enter an amount such as %(example)s.")
                % {"example": Money(10 ** exponent(self.currency) * 5, self.currency).major()}
            )
        whole, _point, fraction = text.partition(".")
        decimals = exponent(self.currency)
        if len(fraction.rstrip("0")) > decimals:
            raise forms.ValidationError(
                ngettext(
                    "%(currency)s has %(n)s decimal.", "%(currency)s has %(n)s decimals.", decimals
                )
                % {"currency": self.currency, "n": decimals}
            )
        amount = int(whole + fraction[:decimals].ljust(decimals, "0"))
        if amount > _MOST:
            most = Money(_MOST, self.currency).written()
            raise forms.ValidationError(_("Enter at most %(amount)s.") % {"amount": most})
        return amount


def set_currency(form: forms.Form, currency: str) -> None:
    """Set the currency of a form's amounts, and name it below those without another help text."""
    for field in form.fields.values():
        if isinstance(field, AmountField):
            field.currency = currency
            field.help_text = field.help_text or currency


class AmountsField(AmountField):
    """One or more amounts, separated by spaces or commas."""

    def prepare_value(self, value: Any) -> Any:
        """Return the text of a list of amounts in minor units."""
        if isinstance(value, list):
            return ", ".join(str(Money(each, self.currency).major()) for each in value)
        return value

    def to_python(self, value: Any) -> Any:
        """Return the amounts in minor units."""
        texts = [text for text in _SEPARATORS.split(str(value or "")) if text]
        return [self.minor(text) for text in texts]
