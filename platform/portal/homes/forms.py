"""The forms of homes."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ui.forms import PlainForm


class AccessForm(PlainForm):
    """The name and the unit with which a resident asks for access."""

    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    unit = forms.CharField(
        label=_("Building and unit"),
        max_length=40,
        help_text=_("Such as 1-0803."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class PrintedCodeForm(PlainForm):
    """The code of a printed invitation."""

    code = forms.CharField(
        label=pgettext_lazy("of an invitation", "Code"),
        max_length=40,
        help_text=_("The twelve letters and digits on the paper."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
