"""Forms of the access lists, residents' cars and visitor passes."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import AccessListEntry
from core import clock
from ui.forms import LocalTime, PlainForm, plate_field


class EntryForm(PlainForm):
    """A plate to allow or block."""

    kind = forms.ChoiceField(label=_("List"), choices=AccessListEntry.Kind.choices)
    plate = plate_field()
    reason = forms.CharField(label=_("Reason"), max_length=200)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(
        label=_("Until"), required=False, help_text=_("Leave empty for no end date.")
    )


class VehicleForm(PlainForm):
    """A resident's or tenant's car."""

    plate = plate_field()
    name = forms.CharField(label=_("Resident or tenant"), max_length=120)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(
        label=_("Until"), required=False, help_text=_("Leave empty for no end date.")
    )


class PassForm(PlainForm):
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
