"""A list of devices to register at once."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms.base import PlainForm
from core.errors import Refusal
from estate.device_list import LARGEST_BYTES, decode


class ListForm(PlainForm):
    """The list, as a file or, tried already, as its text."""

    file = forms.FileField(
        label=_("List of devices (CSV)"),
        required=False,
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv"}),
    )
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, object]:
        """Give ``text`` whichever way the list came."""
        said = super().clean() or {}
        file: UploadedFile | None = said.get("file")
        if file is None:
            if not said.get("text"):
                self.refuse(Refusal("file", gettext("is missing"), gettext("choose a file")))
            return said
        try:
            said["text"] = decode(file.read(LARGEST_BYTES + 1))
        except Refusal as refusal:
            self.refuse(refusal)
        return said
