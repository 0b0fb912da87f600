"""Forms about one passage."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainForm


class CorrectForm(PlainForm):
    """The corrected text of a plate."""

    text = forms.CharField(
        label=_("Plate"),
        max_length=16,
        widget=forms.TextInput(
            {
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "plate-input",
                "autofocus": True,
            }
        ),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )
