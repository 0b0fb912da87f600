"""The filter of the list of dead letters."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import FilterForm


class LettersFilter(FilterForm):
    """Dead letters by reason and device."""

    field = forms.CharField(required=False, max_length=120)
    message = forms.CharField(required=False, max_length=400)
    device = forms.CharField(label=_("Device"), required=False, max_length=60)
