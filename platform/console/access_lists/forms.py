"""Forms of the access lists, residents' cars and visitor passes."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import AccessListEntry
from console.holder_picker import NEW_PERSON, HolderPicker
from core import clock
from core.models import Site
from estate.models import Unit
from people.services import NewPerson
from ui.forms import LocalTime, PlainForm, PlateForm, plate_field

NO_END = _("Leave empty for no end date.")


class EntryForm(PlateForm):
    """A plate to allow or block."""

    kind = forms.ChoiceField(label=_("List"), choices=AccessListEntry.Kind.choices)
    plate = plate_field()
    reason = forms.CharField(label=_("Reason"), max_length=200)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), required=False, help_text=NO_END)
    field_order = ("kind", *PlateForm.field_order)


class EndForm(PlainForm):
    """Another end of an entry or a registration."""

    ends_at = LocalTime(label=_("Until"), required=False, help_text=NO_END)


class VehicleForm(HolderPicker, PlateForm):
    """A car, and the person of the site whom it is registered to, or a new one."""

    layout = "console/access_lists/vehicle_fields.html"
    search_url = "console:find_people"

    plate = plate_field()
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), required=False, help_text=NO_END)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        self.fields["name"].label = _("Resident or tenant")
        units = Unit.objects.in_use().filter(building__site=site).select_related("building")
        self.fields["unit"].queryset = units.order_by("building__code", "code")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = super().clean() or self.cleaned_data
        name, unit, phone = (data.pop(field, None) for field in ("name", "unit", "phone"))
        holder = data.pop("person", None)
        data["holder"] = (
            NewPerson(name or "", unit, phone or "") if holder == NEW_PERSON else holder
        )
        return data


class PassForm(PlateForm):
    """A visitor pass."""

    plate = plate_field()
    visitor_name = forms.CharField(label=_("Visitor"), max_length=120, required=False)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(hours=12))
    entries_allowed = forms.IntegerField(label=_("Entries"), min_value=1, max_value=1000, initial=1)
    free_minutes = forms.IntegerField(
        label=_("Free minutes"),
        min_value=0,
        max_value=100_000,
        initial=0,
        help_text=_("0: free for the whole period."),
    )
