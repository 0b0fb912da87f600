"""Filters of the list of batteries."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import FilterForm


class BatteryFilter(FilterForm):
    """Batteries by text and charge."""

    q = forms.CharField(label=_("Code or name"), required=False)
    below = forms.IntegerField(label=_("Below %"), min_value=1, max_value=101, required=False)
