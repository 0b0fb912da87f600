"""Forms of the watch-list."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from incidents.models import WatchEntry
from ui.forms import LocalTime, PlateForm, plate_field


class WatchForm(PlateForm):
    """A plate to look for, with its legal basis."""

    plate = plate_field()
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=WatchEntry.Basis.choices)
    document_no = forms.CharField(label=_("Document no."), max_length=80)
    requesting_org = forms.CharField(label=_("Requesting organisation"), max_length=120)
    requesting_officer = forms.CharField(label=_("Requesting officer"), max_length=120)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(days=30))
