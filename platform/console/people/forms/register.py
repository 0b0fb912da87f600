"""Forms of a person and a company."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ui.forms import Day, RevisedForm


def _text(label: Any, length: int, *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off"})
    return forms.CharField(label=label, max_length=length, required=required, widget=widget)


class PersonForm(RevisedForm):
    """What is known of a person."""

    name = _text(pgettext_lazy("of a person", "Name"), 120, required=True)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    born_on = Day(
        label=_("Date of birth"),
        required=False,
        help_text=_("Under 14 years a guardian gives consent."),
    )


class CompanyForm(RevisedForm):
    """What is known of a company."""

    name = _text(_("Name"), 160, required=True)
    tax_number = _text(_("Tax number"), 40)
    contact = _text(_("Contact"), 120)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
