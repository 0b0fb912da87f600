"""The form that turns auto-pay on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.amounts import AmountField, set_currency
from ui.forms import PlainForm


class AutoPayForm(PlainForm):
    """The limit, the address of notices, and the consent."""

    limit = AmountField(label=_("Collect at most, for each charge"))
    email = forms.EmailField(
        label=_("E-mail for notices"), widget=forms.EmailInput({"autocomplete": "email"})
    )
    agreed = forms.BooleanField(
        label=_("I agree that what I owe is collected with the method that I enter next."),
        widget=forms.CheckboxInput({"class": "form-check-input"}),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_currency(self, currency)
