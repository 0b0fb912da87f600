"""Forms of bulk registration: a file to check, then its text to register."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.errors import Rejection
from estate.device_list import LARGEST_BYTES, decode
from ui.forms import PlainForm
from ui.rejections import sentences


class ListForm(PlainForm):
    """A list to check."""

    file = forms.FileField(
        label=_("List of devices (CSV or XLSX)"),
        widget=forms.FileInput({"accept": ".csv,.txt,.xlsx,text/csv"}),
    )

    def clean_file(self) -> str:
        """Return the text of the list."""
        try:
            return decode(self.cleaned_data["file"].read(LARGEST_BYTES + 1))
        except Rejection as rejection:
            raise forms.ValidationError(sentences(rejection)) from None


class TriedForm(PlainForm):
    """A checked list to register."""

    file = forms.CharField(
        label=_("List of devices (CSV or XLSX)"), strip=False, widget=forms.HiddenInput
    )
