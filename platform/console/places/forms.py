"""Forms of places."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.models import Site
from devices.models import Device
from estate.models import Bay, Lane, Lot, Unit
from estate.services import BayRange, UnitRange
from ui.forms import PlainForm, ReasonForm, RevisedForm

CODE = _("A short name, unique here; it stands in lists and on signs.")
ADDRESS = _("Letters, digits, hyphens; it stands in device lists.")
_CAMERA = "camera"


def code_field(help_text: Any = CODE) -> forms.CharField:
    """Return a field for a place's code."""
    return forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=help_text,
        widget=forms.TextInput({"autocomplete": "off"}),
    )


def name_field() -> forms.CharField:
    """Return a field for a place's name."""
    widget = forms.TextInput({"autocomplete": "off"})
    return forms.CharField(label=_("Name"), max_length=80, widget=widget)


def area_field(label: Any) -> forms.DecimalField:
    """Return a field for an area in square metres, which may be unknown."""
    return forms.DecimalField(
        label=label, min_value=0, max_digits=10, decimal_places=2, required=False
    )


class PlaceForm(RevisedForm):
    """The values of a place; without a place, those of a new one."""

    def __init__(
        self, data: Any = None, *, site: Site, place: Any = None, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        if place is None:
            del self.fields["revision"]
        self.offer(site, place)

    def offer(self, site: Site, place: Any) -> None:
        """Fill the choices that depend on the site."""

    @classmethod
    def values_of(cls, place: Any) -> dict[str, Any]:
        """Return what the fields show of a place."""
        return {name: getattr(place, name) for name in cls.base_fields if name != "revision"}


class BuildingForm(PlaceForm):
    """A building."""

    code = code_field()
    name = name_field()


class UnitForm(PlaceForm):
    """A unit of a building; the areas of an existing one are corrected with a reason instead."""

    code = code_field()
    use = forms.ChoiceField(
        label=_("Use"), choices=Unit.Use.choices, initial=Unit.Use.FLAT, required=False
    )
    floor = forms.IntegerField(label=_("Floor"), min_value=-20, max_value=200, required=False)
    built_up_area = area_field(_("Built-up area (m²)"))
    usable_area = area_field(_("Usable area (m²)"))
    coefficient = forms.DecimalField(
        label=_("Coefficient"),
        min_value=0,
        max_digits=8,
        decimal_places=4,
        initial=1,
        required=False,
        help_text=_("Of its share in costs that are divided among units; 1 is usual."),
    )

    def offer(self, site: Site, place: Any) -> None:
        """Leave out the areas of an existing unit."""
        if place is not None:
            del self.fields["built_up_area"], self.fields["usable_area"]

    def clean(self) -> dict[str, Any]:
        """Leave out what is empty and has a default."""
        data = super().clean() or self.cleaned_data
        has_default = ("use", "coefficient")
        return {
            name: value
            for name, value in data.items()
            if value not in ("", None) or name not in has_default
        }


class LotForm(PlaceForm):
    """A car park."""

    name = name_field()
    code = code_field(ADDRESS)
    capacity = forms.IntegerField(
        label=pgettext_lazy("car park", "Capacity"),
        min_value=0,
        max_value=1_000_000,
        help_text=_("Cars that fit; a visitor's car is held when it is full."),
    )


class BayForm(PlaceForm):
    """A bay of a car park."""

    code = code_field()


class GateForm(PlaceForm):
    """A gate."""

    name = name_field()
    code = code_field(ADDRESS)


class NewLaneForm(PlaceForm):
    """A new lane of a gate."""

    name = name_field()
    direction = forms.ChoiceField(label=_("Direction"), choices=Lane.Direction.choices)
    lot = forms.ModelChoiceField(label=_("Car park"), queryset=Lot.objects.none())

    def offer(self, site: Site, place: Any) -> None:
        """Offer the car parks in use; a single one is chosen already."""
        lots = Lot.objects.in_use().filter(site=site).order_by("code")
        self.fields["lot"].queryset = lots  # type: ignore[attr-defined]
        if place is None and len(lots) == 1:
            self.fields["lot"].initial = lots[0]


class LaneForm(NewLaneForm):
    """A lane with its devices; those of other lanes are not offered."""

    code = code_field(ADDRESS)
    camera = forms.ModelChoiceField(
        label=_("Camera"),
        queryset=Device.objects.none(),
        required=False,
        empty_label=_("No camera"),
        help_text=_("Cameras that serve another lane are not listed."),
    )
    barrier = forms.ChoiceField(label=_("Barrier"), required=False)

    def offer(self, site: Site, place: Any) -> None:
        """Offer the car parks in use, and the devices that no other lane has."""
        super().offer(site, place)
        self.fields["camera"].queryset = _free(site, Device.Kind.CAMERA, place)  # type: ignore[attr-defined]
        self._barriers = {str(each.pk): each for each in _free(site, Device.Kind.BARRIER, place)}
        self.fields["barrier"].choices = [  # type: ignore[attr-defined]
            ("", _("No barrier")),
            (_CAMERA, _("The camera opens it")),
            *((pk, str(device)) for pk, device in self._barriers.items()),
        ]

    @classmethod
    def values_of(cls, place: Lane) -> dict[str, Any]:
        """Return what the fields show of a lane."""
        by_camera = place.barrier_id is not None and place.barrier_id == place.camera_id
        barrier = _CAMERA if by_camera else str(place.barrier_id or "")
        return {**super().values_of(place), "barrier": barrier}

    def clean(self) -> dict[str, Any]:
        """Replace the barrier's choice by its device."""
        data = super().clean() or self.cleaned_data
        choice = data.get("barrier", "")
        if choice == _CAMERA and not data.get("camera"):
            self.add_error("barrier", _("Choose the camera that opens it."))
        data["barrier"] = (
            data.get("camera") if choice == _CAMERA else self._barriers.get(choice or "")
        )
        return data


class RestrictForm(ReasonForm):
    """Why a bay is reserved or closed."""

    restriction = forms.ChoiceField(
        label=_("What to do"),
        choices=[(Bay.Restriction.RESERVED, _("Reserve")), (Bay.Restriction.CLOSED, _("Close"))],
        widget=forms.RadioSelect,
    )
    field_order = ("restriction", "reason")


class UnitRangeForm(PlainForm):
    """Buildings of equal size with numbered units."""

    layout = "console/places/unit_range.html"
    buildings = forms.IntegerField(label=_("Buildings"), min_value=1, initial=6)
    first_building = forms.IntegerField(label=_("First number"), min_value=0, initial=1)
    floors = forms.IntegerField(label=_("Floors"), min_value=1, initial=18)
    units = forms.IntegerField(label=_("Units per floor"), min_value=1, initial=4)
    pattern = forms.CharField(
        label=_("Code of a unit"),
        max_length=40,
        initial=UnitRange.pattern,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("{floor} and {unit} are the numbers; {unit:2} has at least two digits."),
    )
    use = forms.ChoiceField(
        label=_("Use"), choices=Unit.Use.choices, initial=Unit.Use.FLAT, required=False
    )
    built_up_area = area_field(_("Built-up area (m²)"))
    usable_area = area_field(_("Usable area (m²)"))

    def wanted(self) -> UnitRange:
        """Return the range that the valid form describes."""
        return UnitRange(**{**self.cleaned_data, "use": self.cleaned_data["use"] or Unit.Use.FLAT})


class BayRangeForm(PlainForm):
    """Bays numbered in a row."""

    layout = "console/places/bay_range.html"
    letters = forms.CharField(
        label=_("Letters before the number"),
        max_length=20,
        required=False,
        initial="A-",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    first = forms.IntegerField(label=_("First number"), min_value=0, initial=1)
    count = forms.IntegerField(label=_("Number of bays"), min_value=1, initial=60)
    digits = forms.IntegerField(label=_("Digits"), min_value=1, max_value=6, initial=3)

    def wanted(self) -> BayRange:
        """Return the range that the valid form describes."""
        return BayRange(**self.cleaned_data)


def _free(site: Site, kind: Device.Kind, lane: Lane | None) -> QuerySet[Device]:
    """Return devices of a kind that no other lane has."""
    others = Lane.objects.filter(gate__site=site)
    if lane is not None:
        others = others.exclude(pk=lane.pk)
    # Without nulls: nothing is "not in" a list that has one.
    cameras = others.exclude(camera=None).values("camera")
    barriers = others.exclude(barrier=None).values("barrier")
    taken = Q(pk__in=cameras) | Q(pk__in=barriers)
    return Device.objects.filter(site=site, kind=kind).exclude(taken).order_by("code")
