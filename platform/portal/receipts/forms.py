"""The form by which a payer requests a fapiao."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainForm


class FapiaoForm(PlainForm):
    """To whom the fapiao is made out, and where it is sent."""

    title = forms.CharField(
        label=_("Title of the fapiao"),
        max_length=120,
        help_text=_("The name of a person or company."),
        widget=forms.TextInput({"autocomplete": "organization"}),
    )
    tax_number = forms.CharField(
        label=_("Tax number"),
        max_length=30,
        required=False,
        help_text=_("For companies only."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
    )
