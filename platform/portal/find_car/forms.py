"""The form that looks a plate up."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.plates import is_plausible, normalise


class FindForm(forms.Form):
    """A plate to look for."""

    plate = forms.CharField(label=_("Plate"), max_length=24)

    def clean_plate(self) -> str:
        """Return the normalised plate, or reject what cannot be one."""
        plate = normalise(self.cleaned_data["plate"])
        if not is_plausible(plate):
            raise forms.ValidationError(
                _("Enter the plate's letters and digits, such as 沪A12345.")
            )
        return plate
