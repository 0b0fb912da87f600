"""A list of devices to register at once: chosen as a file, then confirmed as its text."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import Rejection
from estate.device_list import LARGEST_BYTES, decode
from ui.forms import PlainForm


class ListForm(PlainForm):
    """A list to try."""

    file = forms.FileField(
        label=_("List of devices (CSV)"),
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv"}),
    )

    def clean_file(self) -> str:
        """Give the list's text."""
        try:
            return decode(self.cleaned_data["file"].read(LARGEST_BYTES + 1))
        except Rejection as rejection:
            raise forms.ValidationError(f"{rejection.message}: {rejection.hint}.") from None


class TriedForm(PlainForm):
    """A list that was tried, to be registered as it was shown."""

    file = forms.CharField(label=_("List of devices (CSV)"), strip=False, widget=forms.HiddenInput)
