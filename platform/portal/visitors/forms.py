"""The form with which a resident invites a visitor."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from people.models import ResidentRules
from ui.forms import LocalTime, PlateForm, plate_field

_FIRST_HOURS = 12


class VisitorForm(PlateForm):
    """A visitor's name or plate, when they come, and how often they may enter."""

    visitor_name = forms.CharField(
        label=_("Visitor's name"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    plate = plate_field(required=False)
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"))
    entries_allowed = forms.IntegerField(label=_("Entries"), min_value=1, initial=1)
    field_order = ("visitor_name", *PlateForm.field_order)

    def __init__(self, rules: ResidentRules, data: Any = None) -> None:
        super().__init__(data)
        hours = min(rules.pass_hours, _FIRST_HOURS)
        self.fields["ends_at"].initial = lambda: clock.now() + timedelta(hours=hours)
        entries = self.fields["entries_allowed"]
        entries.widget.attrs["max"] = rules.pass_entries
        if rules.pass_entries == 1:
            entries.widget = forms.HiddenInput()
