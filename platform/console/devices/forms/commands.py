"""Forms of commands to devices."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import ReasonForm


class DoorForm(ReasonForm):
    """A door of a controller, and the reason."""

    door = forms.IntegerField(label=_("Door"), min_value=1, max_value=64, initial=1)
