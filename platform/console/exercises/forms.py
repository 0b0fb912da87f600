"""Forms of exercises."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from ui.forms import LocalTime, PlainForm


class StartForm(PlainForm):
    """What is practised, and until when."""

    reason = forms.CharField(label=_("What is practised"), max_length=200)
    ends_at = LocalTime(
        label=_("Ends at the latest"),
        initial=lambda: clock.now() + timedelta(hours=2),
        help_text=_("It ends by itself then, so that it can't be forgotten."),
    )
