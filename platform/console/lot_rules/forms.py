"""The form of a lot's rules, with a field for each rule of the model."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from core.currencies import exponent
from core.money import Money
from estate.models import Lot
from parking.models import LotRules
from parking.rules import rule_values
from ui.forms import PlainForm

_MAX = 1_000_000  # minutes or seconds
_MAX_AMOUNT = 2_000_000_000  # minor units; the column has 32 bits
_AMOUNT = "lost_entry_charge"
_HINTS = {
    "reentry_minutes": _("A car that returns sooner gets no second free period. 0: it does."),
    "lock_seconds": _("A plate may not enter again so soon after it entered. 0: it always may."),
    "opposite_s": _(
        "A car that enters so soon after it left came straight back: its stay goes on. 0: never."
    ),
    _AMOUNT: _("What a car without a known entry pays. 0: nothing."),
}


class RulesForm(PlainForm):
    """The rules of one lot."""

    def __init__(self, data: Any, lot: Lot) -> None:
        values = rule_values(lot)
        self._currency = lot.site.currency
        values[_AMOUNT] = Money(values[_AMOUNT], self._currency).major()
        super().__init__(data, initial=values)

    def clean_lost_entry_charge(self) -> int:
        """Return the amount in minor units."""
        amount: Decimal = self.cleaned_data[_AMOUNT].scaleb(exponent(self._currency))
        if amount != amount.to_integral_value():
            raise forms.ValidationError(_("This amount has too many decimals."))
        if amount > _MAX_AMOUNT:
            most = Money(_MAX_AMOUNT, self._currency).written()
            raise forms.ValidationError(_("Enter at most %(amount)s.") % {"amount": most})
        return int(amount)


def _fields() -> dict[str, forms.Field]:
    fields = {
        **fields_for_model(LotRules, exclude=["lot"]),
        **fields_for_model(Lot, fields=["hold_watched"]),
    }
    label = fields[_AMOUNT].label
    fields[_AMOUNT] = forms.DecimalField(label=label, min_value=0, max_digits=14)
    for name, field in fields.items():
        field.help_text = _HINTS.get(name, field.help_text)
        if type(field) is forms.IntegerField:  # of which DecimalField is a subclass
            limited = forms.IntegerField(
                label=field.label, min_value=0, max_value=_MAX, help_text=field.help_text
            )
            fields[name] = limited
    return fields


RulesForm.base_fields = _fields()
