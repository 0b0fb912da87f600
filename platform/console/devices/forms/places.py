"""Forms of the place of a device."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from console.unit_field import UnitField
from core.models import Site
from estate.models import Bay, Building, Lane, Lot
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


class LocationForm(PlainForm):
    """Where a device is that serves no lane and no bay."""

    building = forms.ModelChoiceField(Building.objects.none(), label=_("Building"), required=False)
    unit = UnitField(required=False)
    lot = forms.ModelChoiceField(Lot.objects.none(), label=_("Car park"), required=False)
    note = forms.CharField(
        label=_("Where in it"),
        required=False,
        max_length=80,
        help_text=_("Such as: pump room, level -1."),
    )
    longitude = forms.FloatField(
        label=_("Longitude"), required=False, min_value=-180, max_value=180
    )
    latitude = forms.FloatField(
        label=_("Latitude"),
        required=False,
        min_value=-90,
        max_value=90,
        help_text=_("Empty for the middle of the building or car park."),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, kind in (("building", Building), ("lot", Lot)):
            rows = kind.objects.in_use().filter(site=site).order_by("code")
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        self.fields["unit"].site = site  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Require one place at most, and both parts of a position."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        named = [name for name in ("unit", "building", "lot") if data.get(name)]
        if len(named) > 1:
            self.add_error(named[1], _("Choose a building, a unit or a car park."))
        if (data.get("longitude") is None) != (data.get("latitude") is None):
            self.add_error("latitude", _("Enter both, or neither."))
        return data
