"""Forms of doors, of their zones and groups, and of the devices that serve them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.places.forms import ADDRESS, PlaceForm, code_field, name_field
from core.models import Site
from devices.models import Device
from doors.models import TimeProfile
from estate.door_abilities import devices_for_doors
from estate.models import Building, Door, DoorGroup, Zone
from ui.forms import PlainForm

_BY_DEVICE = _("Empty: as the device is set up.")


def _number(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=1, max_value=most, required=False, help_text=help_text
    )


class ZoneForm(PlaceForm):
    """A zone that doors lead into."""

    name = name_field()
    code = code_field(ADDRESS)
    people_limit = _number(_("People at most"), 1_000_000, _("Empty: no limit."))


class DoorForm(PlaceForm):
    """A door with its settings."""

    layout = "console/places/door_fields.html"
    name = name_field()
    code = code_field(ADDRESS)
    type = forms.ChoiceField(label=_("Type"), choices=Door.Type.choices)
    directions = forms.ChoiceField(label=_("Directions"), choices=Door.Directions.choices)
    building = forms.ModelChoiceField(
        Building.objects.none(), label=_("Building"), required=False, empty_label="–"
    )
    zone = forms.ModelChoiceField(
        Zone.objects.none(), label=_("Leads into the zone"), required=False, empty_label="–"
    )
    decides = forms.ChoiceField(label=_("Who decides"), choices=Door.Decides.choices)
    unlock_seconds = _number(_("Unlocked for (s)"), 120, _BY_DEVICE)
    held_open_seconds = _number(_("Held open after (s)"), 3600, _BY_DEVICE)
    second_factor = forms.BooleanField(label=_("Asks for a second factor"), required=False)

    def offer(self, site: Site, place: Any) -> None:
        """Offer the buildings and zones in use."""
        buildings = Building.objects.in_use().filter(site=site).order_by("code")
        zones = Zone.objects.in_use().filter(site=site).order_by("code")
        self.fields["building"].queryset = buildings  # type: ignore[attr-defined]
        self.fields["zone"].queryset = zones  # type: ignore[attr-defined]


class DoorGroupForm(PlaceForm):
    """A group of doors; its doors are chosen in a dialog of their own."""

    name = name_field()
    code = code_field(ADDRESS)
    passback = forms.ChoiceField(
        label=_("Entering twice"),
        choices=DoorGroup.Passback.choices,
        help_text=_("What becomes of a person who enters again without having left."),
    )
    forgiven_after_hours = _number(
        _("Forgiven after (h)"), 744, _("Empty: only a guard forgives it.")
    )

    def __init__(self, *args: Any, place: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, place=place, **kwargs)
        if place is None:
            self.fields["forgiven_after_hours"].initial = 12


class DoorsOfGroupForm(PlainForm):
    """Which doors belong to a group."""

    doors = forms.ModelMultipleChoiceField(
        Door.objects.none(),
        label=_("Doors"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, group: DoorGroup) -> None:
        doors = Door.objects.in_use().filter(site=group.site_id).order_by("name", "code")
        super().__init__(data, initial={"doors": group.doors.values_list("pk", flat=True)})
        self.fields["doors"].queryset = doors  # type: ignore[attr-defined]


class ConnectForm(PlainForm):
    """A device that serves a door, by one of its own doors."""

    device = forms.ModelChoiceField(Device.objects.none(), label=_("Device"))
    number = forms.IntegerField(
        label=_("Door of the device"),
        min_value=1,
        max_value=32_767,
        initial=1,
        help_text=_("As its messages number them: channel 2 of a controller is 2."),
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=Door.Directions.choices,
        help_text=_("In which direction people pass who use it, where it does not say so itself."),
    )

    def __init__(self, data: Any, site: Site) -> None:
        super().__init__(data)
        self.fields["device"].queryset = devices_for_doors(site)  # type: ignore[attr-defined]


class OpenHoursForm(PlainForm):
    """When a door is open to all."""

    profile = forms.ModelChoiceField(
        TimeProfile.objects.none(), label=_("Time profile"), required=False, empty_label=_("never")
    )

    def __init__(self, data: Any, site: Site, initial: Any) -> None:
        super().__init__(data, initial=initial)
        rows = TimeProfile.objects.filter(site=site).order_by("name")
        self.fields["profile"].queryset = rows  # type: ignore[attr-defined]


class EntrancesForm(PlainForm):
    """How the entrances of houses without a door are made."""

    decides = forms.ChoiceField(label=_("Who decides"), choices=Door.Decides.choices)
    for_residents = forms.BooleanField(
        label=_("Those who live or work in a building may enter it at any time"),
        required=False,
        initial=True,
    )
