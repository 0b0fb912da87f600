"""Forms about lanes."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from estate.models import PlateColour
from estate.services import HIGHEST_PERCENT, LONGEST_REREAD_S
from ui.forms import LocalTime, PlainForm, PlateForm, plate_field


class LimitsForm(PlainForm):
    """The confidence limits of a lane, and the plate colours that may use it."""

    camera_limit = forms.IntegerField(
        label=_("Camera confidence threshold (%)"),
        min_value=0,
        max_value=HIGHEST_PERCENT,
        help_text=_("Below it, Gatehouse reads the photo itself."),
    )
    reader_limit = forms.IntegerField(
        label=_("Reader confidence threshold (%)"),
        min_value=0,
        max_value=HIGHEST_PERCENT,
        help_text=_("Below it, the guard reads the photo."),
    )
    known_limit = forms.IntegerField(
        label=_("Threshold for plates on file (%)"),
        min_value=0,
        max_value=HIGHEST_PERCENT,
        help_text=_("Sufficient where the site has the plate on file."),
    )
    reread_seconds = forms.IntegerField(
        label=_("Same car within (s)"), min_value=0, max_value=LONGEST_REREAD_S
    )
    plate_colours = forms.MultipleChoiceField(
        label=_("Plate colours"),
        choices=PlateColour.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Leave empty to allow every colour."),
    )


class VisitorForm(PlateForm):
    """A visitor pass for a car at a lane."""

    plate = plate_field()
    visitor_name = forms.CharField(label=_("Visitor"), max_length=120, required=False)
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(hours=12))
