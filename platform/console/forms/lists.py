"""What is typed into the lists: access, residents' cars, visitor passes, the watch-list."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import AccessListEntry
from console.forms.base import LocalTime, PlainForm
from core import clock
from incidents.models import WatchEntry


def _plate() -> forms.CharField:
    return forms.CharField(
        label=_("Plate"),
        max_length=24,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "class": "plate-input"}
        ),
    )


class EntryForm(PlainForm):
    """A plate to let in or keep out."""

    kind = forms.ChoiceField(label=_("List"), choices=AccessListEntry.Kind.choices)
    plate = _plate()
    reason = forms.CharField(label=_("Reason"), max_length=200)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), required=False, help_text=_("Leave it empty for no end."))


class VehicleForm(PlainForm):
    """A resident's or tenant's car."""

    plate = _plate()
    name = forms.CharField(label=_("Resident or tenant"), max_length=120)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), required=False, help_text=_("Leave it empty for no end."))


class PassForm(PlainForm):
    """A visitor's leave to come in."""

    plate = _plate()
    visitor_name = forms.CharField(label=_("Visitor"), max_length=120, required=False)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(hours=12))
    entries_allowed = forms.IntegerField(label=_("Entries"), min_value=1, max_value=1000, initial=1)
    free_minutes = forms.IntegerField(
        label=_("Free minutes"),
        min_value=0,
        max_value=100_000,
        initial=0,
        help_text=_("0: free for the whole window."),
    )


class WatchForm(PlainForm):
    """A plate to look for, with what makes that lawful."""

    plate = _plate()
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=WatchEntry.Basis.choices)
    document_no = forms.CharField(label=_("Document no."), max_length=80)
    requesting_org = forms.CharField(label=_("Requesting organisation"), max_length=120)
    requesting_officer = forms.CharField(label=_("Requesting officer"), max_length=120)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(days=30))
