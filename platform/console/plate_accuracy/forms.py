"""The form of an export of labelled photos."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainForm, reason_field


class LabelsForm(PlainForm):
    """Of how many days the photos are, and why they leave the product."""

    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=60, initial=30)
    reason = reason_field()
