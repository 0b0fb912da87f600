"""The form of the cash dialog."""

from django import forms

from ui.forms import PlainForm


class CashForm(PlainForm):
    """Confirms that cash was collected for the amount of a quote."""

    quote = forms.CharField(max_length=18, required=False, widget=forms.HiddenInput)
