"""Forms of retention periods and legal holds."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.holder_picker import HolderPicker
from core import clock
from core.models import LegalHold, Site
from core.retention.holds import Subject
from incidents.models import Incident
from people.plates import validate_plate
from ui.forms import LocalTime, PlainForm, PlateForm, plate_field, reason_field

_DEFAULT = timedelta(days=90)
Kind = LegalHold.Kind


class PeriodForm(PlainForm):
    """For how many days a class of data is kept."""

    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=3650)
    legal_basis = forms.CharField(
        label=_("Law or contract"),
        max_length=200,
        required=False,
        help_text=_("Required if the period is longer than the standard."),
    )


class _HoldForm(PlainForm):
    """What every hold has."""

    reason = reason_field()
    ends_at = LocalTime(
        label=_("Review on"),
        initial=lambda: clock.now() + _DEFAULT,
        help_text=_("The hold stays in force until another person has released it."),
    )


class PlateHoldForm(PlateForm, _HoldForm):
    """A hold of what a plate did."""

    plate = plate_field()
    field_order = ("plate", "unusual_plate", "reason", "ends_at")

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._site = site

    def subject(self, data: dict[str, Any]) -> Subject:
        """Return what the hold is for."""
        unusual = data.get("unusual_plate", False)
        plate = validate_plate(self._site, data["plate"], unusual_plate=unusual)
        return Subject(kind=Kind.PLATE, plate=plate)


class PersonHoldForm(HolderPicker, _HoldForm):
    """A hold of what is kept of a person and the person's cars."""

    layout = "console/retention/person_form.html"
    search_url = "console:find_held_people"
    people_only = True
    offers_new = False

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        self.fields["name"].label = _("Person")

    def subject(self, data: dict[str, Any]) -> Subject:
        """Return what the hold is for."""
        return Subject(kind=Kind.PERSON, person=data["person"].pk)


class IncidentHoldForm(_HoldForm):
    """A hold of an incident's evidence and of the passages that it names."""

    incident = forms.ModelChoiceField(
        Incident.objects.none(),
        label=_("Number of the incident"),
        widget=forms.NumberInput({"min": 1}),
    )
    field_order = ("incident", "reason", "ends_at")

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields["incident"]
        choices.queryset = Incident.objects.filter(site=site)

    def subject(self, data: dict[str, Any]) -> Subject:
        """Return what the hold is for."""
        return Subject(kind=Kind.INCIDENT, incident=data["incident"].pk)


class PeriodHoldForm(_HoldForm):
    """A hold of everything that happened at the site in a time."""

    begins_at = LocalTime(label=_("From"))
    until_at = LocalTime(label=_("Until"))
    field_order = ("begins_at", "until_at", "reason", "ends_at")

    def __init__(self, _site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def subject(self, data: dict[str, Any]) -> Subject:
        """Return what the hold is for."""
        return Subject(kind=Kind.PERIOD, begins_at=data["begins_at"], until_at=data["until_at"])


class ExtendForm(PlainForm):
    """A later review of a hold."""

    ends_at = LocalTime(
        label=_("Review on"),
        help_text=_("The hold stays in force until another person has released it."),
    )
    reason = reason_field(label=_("Why the data is still needed"))

    def __init__(self, hold: LegalHold, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_at"].initial = max(clock.now(), hold.ends_at) + _DEFAULT


HoldForm = PlateHoldForm | PersonHoldForm | IncidentHoldForm | PeriodHoldForm
HOLD_FORMS: dict[str, type[HoldForm]] = {
    Kind.PLATE: PlateHoldForm,
    Kind.PERSON: PersonHoldForm,
    Kind.INCIDENT: IncidentHoldForm,
    Kind.PERIOD: PeriodHoldForm,
}
