"""Forms of the place of a device."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from estate.models import Bay, Lane
from ui.forms import PlainForm


class LaneChoice(forms.ModelChoiceField):
    """A lane, named with its direction and its gate."""

    def label_from_instance(self, lane: Lane) -> str:
        """Return the lane's name, direction and gate."""
        return f"{lane.name} · {lane.get_direction_display()} · {lane.gate.name}"


class BayChoice(forms.ModelChoiceField):
    """A bay, named with its car park."""

    def label_from_instance(self, bay: Bay) -> str:
        """Return the bay's car park and code."""
        return f"{bay.lot.name} · {bay.code}"


class PlaceForm(PlainForm):
    """The place of a device; which places there are depends on its kind."""

    def __init__(self, places: QuerySet[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]


class BarrierPlaceForm(PlaceForm):
    """The lane at which a barrier stands."""

    place = LaneChoice(
        label=_("Lane"), queryset=Lane.objects.none(), required=False, empty_label=_("Not placed")
    )


class CameraPlaceForm(BarrierPlaceForm):
    """The lane that a camera watches."""

    drives_barrier = forms.BooleanField(label=_("Its output opens the barrier"), required=False)


class SensorPlaceForm(PlaceForm):
    """The bay that a sensor watches."""

    place = BayChoice(
        label=_("Bay"), queryset=Bay.objects.none(), required=False, empty_label=_("Not placed")
    )
