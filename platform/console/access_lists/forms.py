"""Forms of the access lists, residents' cars and visitor passes."""

from datetime import timedelta
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access.models import AccessListEntry
from core import clock
from core.models import Site
from estate.models import Unit
from people.models import Company, Holder, Person
from people.selectors import find_companies, find_people
from people.services import NewPerson
from ui.forms import LocalTime, PlainForm, PlateForm, plate_field
from ui.query_params import whole_number

NO_END = _("Leave empty for no end date.")
NEW_PERSON = "new"
COMPANY = "company-"


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


class VehicleForm(PlateForm):
    """A car, and the person of the site whom it is registered to, or a new one."""

    layout = "console/access_lists/vehicle_fields.html"

    plate = plate_field()
    name = forms.CharField(
        label=_("Resident or tenant"),
        max_length=120,
        help_text=_("Search by name, unit, plate or the last four digits of a phone number."),
        widget=forms.TextInput({"autocomplete": "off", "type": "search"}),
    )
    person = forms.CharField(required=False, max_length=20)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"type": "tel"})
    )
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), required=False, help_text=NO_END)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        units = Unit.objects.in_use().filter(building__site=site).select_related("building")
        self.fields["unit"].queryset = units.order_by("building__code", "code")  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs |= {
            # A POST, so that no name or plate is in an address.
            "hx-post": reverse("console:find_people", args=[site.slug]),
            "hx-trigger": "input changed delay:200ms",
            "hx-target": "#dialog_people",
            "hx-sync": "this:replace",
        }

    @property
    def found(self) -> dict[str, Any]:
        """The people who match the text, for `people_found.html`."""
        return people_found(self.site, self.data.get("name", ""), self.data.get("person", ""))

    @property
    def wants_new(self) -> bool:
        """Whether the new person is chosen."""
        return self.data.get("person") == NEW_PERSON

    def clean_person(self) -> Holder | str:
        """Return the chosen person or company of the site, or `NEW_PERSON`."""
        chosen: str = self.cleaned_data["person"]
        if chosen == NEW_PERSON:
            return chosen
        if chosen.startswith(COMPANY):
            return self._company(chosen.removeprefix(COMPANY))
        people = Person.objects.filter(site=self.site, erased_at=None)
        pk = whole_number(chosen)
        person = None if pk is None else people.filter(pk=pk).first()
        if person is None:
            raise forms.ValidationError(gettext("Choose a person, or “New person”."))
        return person

    def _company(self, chosen: str) -> Company:
        pk = whole_number(chosen)
        companies = Company.objects.filter(site=self.site)
        company = None if pk is None else companies.filter(pk=pk).first()
        if company is None:
            raise forms.ValidationError(gettext("Choose a person, or “New person”."))
        return company

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = super().clean() or self.cleaned_data
        name, unit, phone = (data.pop(field, None) for field in ("name", "unit", "phone"))
        if data.get("person") == NEW_PERSON:
            data["person"] = NewPerson(name or "", unit, phone or "")
        data["holder"] = data.pop("person", None)
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


def people_found(site: Site, text: str, chosen: str = "", most: int = 8) -> dict[str, Any]:
    """Return what `people_found.html` shows for a text: who matches, and if more do."""
    people = list(find_people(site, text.replace("\0", ""))[: most + 1])
    companies = list(find_companies(site, text.replace("\0", ""))[: most + 1])
    return {
        "people": people[:most],
        "companies": [(f"{COMPANY}{each.pk}", each) for each in companies[:most]],
        "more": max(len(people), len(companies)) > most,
        "text": text,
        "chosen": chosen,
    }
