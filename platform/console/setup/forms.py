"""The form of a test car."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainForm


class TestCarForm(PlainForm):
    """Whether the real barrier opens for a test car."""

    opens_barrier = forms.BooleanField(
        label=_("Open the real barrier"),
        required=False,
        help_text=_("Make sure that no one stands under it."),
    )
