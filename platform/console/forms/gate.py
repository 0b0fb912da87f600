"""What a guard types at the lane and about an incident."""

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.base import PlainForm


class ReasonForm(PlainForm):
    """Why something is done by hand."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )


class DoorForm(ReasonForm):
    """Which door of a controller, and why."""

    door = forms.IntegerField(label=_("Door"), min_value=1, max_value=64, initial=1)


class CorrectForm(PlainForm):
    """What the plate really says."""

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


class NothingForm(PlainForm):
    """A confirmation that needs no word."""


class ReviewForm(PlainForm):
    """What a person found an incident to be."""

    finding = forms.ChoiceField(
        label=_("Finding"),
        choices=[("confirmed", _("It is what it looks like")), ("false_alarm", _("False alarm"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))
