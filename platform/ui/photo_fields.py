"""Form fields of a photo and of a register's value."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.photos import MAX_BYTES


class PhotoField(forms.FileField):
    """A photo from a file or a phone's camera; cleans to its bytes, or None."""

    def __init__(self, **more: Any) -> None:
        attrs = {"accept": "image/jpeg,image/png", "capture": "environment", "hx-preserve": "true"}
        super().__init__(widget=forms.FileInput(attrs), label=_("Photo"), **more)

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        """Return the bytes of the upload.

        Raises:
            ValidationError: the file is empty or too large.
        """
        file = super().clean(data, initial)
        if not file:
            return None
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("At most 15 MB."))
        return bytes(file.read())


def register_field(label: Any, **more: Any) -> forms.DecimalField:
    """Return a field for a register's value; the services validate its digits."""
    widget = forms.NumberInput({"inputmode": "decimal", "step": "any", "class": "register-input"})
    return forms.DecimalField(
        label=label, max_digits=13, decimal_places=4, min_value=0, widget=widget, **more
    )
