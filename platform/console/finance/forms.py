"""The form that requests a refund."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from core.currencies import exponent
from core.money import Money
from ui.forms import PlainForm


class RefundForm(PlainForm):
    """How much is paid back, and why."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14)
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, data: object, due: Money) -> None:
        super().__init__(data, initial={"amount": due.major()})
        self._currency = due.currency
        self.fields["amount"].help_text = due.currency

    def clean_amount(self) -> int:
        """Return the amount in minor units."""
        amount: Decimal = self.cleaned_data["amount"].scaleb(exponent(self._currency))
        if amount != amount.to_integral_value():
            raise forms.ValidationError(_("This amount has too many decimals."))
        return int(amount)
