"""What a technician chooses: where a device stands, and how sure its lane must be."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.forms.base import PlainForm
from estate.models import Bay, Lane, PlateColour
from estate.services import HIGHEST_PERCENT, LONGEST_REREAD_S


class LaneChoice(forms.ModelChoiceField):
    """A lane, named with its direction and its gate."""

    def label_from_instance(self, lane: Lane) -> str:
        """Return what tells the lane from the others."""
        return f"{lane.name} · {lane.get_direction_display()} · {lane.gate.name}"


class BayChoice(forms.ModelChoiceField):
    """A bay, named with its car park."""

    def label_from_instance(self, bay: Bay) -> str:
        """Return what tells the bay from the others."""
        return f"{bay.lot.name} · {bay.code}"


class PlaceForm(PlainForm):
    """Where a device stands; each kind has places of its own."""

    def __init__(self, places: QuerySet[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class BarrierPlaceForm(PlaceForm):
    """The lane at which a barrier stands."""

    place = LaneChoice(
        label=_("Lane"), queryset=Lane.objects.none(), required=False, empty_label=_("Nowhere")
    )


class CameraPlaceForm(BarrierPlaceForm):
    """The lane that a camera watches."""

    drives_barrier = forms.BooleanField(label=_("Its output drives the barrier"), required=False)


class SensorPlaceForm(PlaceForm):
    """The bay that a sensor watches."""

    place = BayChoice(
        label=_("Bay"), queryset=Bay.objects.none(), required=False, empty_label=_("Nowhere")
    )


class LimitsForm(PlainForm):
    """How sure a read must be at a lane, and whose plates may use it."""

    camera_limit = forms.IntegerField(
        label=_("Camera's limit (%)"),
        min_value=0,
        max_value=HIGHEST_PERCENT,
        help_text=_("Below it our own reader reads the photograph."),
    )
    reader_limit = forms.IntegerField(
        label=_("Reader's limit (%)"),
        min_value=0,
        max_value=HIGHEST_PERCENT,
        help_text=_("Below it a guard reads the photograph."),
    )
    known_limit = forms.IntegerField(
        label=_("Limit of known plates (%)"),
        min_value=0,
        max_value=HIGHEST_PERCENT,
        help_text=_("Enough where the site knows the plate."),
    )
    reread_seconds = forms.IntegerField(
        label=_("Same car within (s)"), min_value=0, max_value=LONGEST_REREAD_S
    )
    plate_colours = forms.MultipleChoiceField(
        label=_("Plate colours"),
        choices=PlateColour.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: every colour may use the lane."),
    )
