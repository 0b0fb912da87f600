"""The form of a silence."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.device_codes import devices_of
from core import clock
from core.models import Site
from devices.models import Device
from estate.models import Building, Gate, Lot
from incidents import kinds
from incidents.services import SilenceValues
from incidents.severities import Severity
from ui.forms import LocalTime, PlainForm


class SilenceForm(PlainForm):
    """What is silenced, until when, and why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)
    begins_at = LocalTime(label=gettext_lazy("From"), initial=clock.now)
    ends_at = LocalTime(
        label=gettext_lazy("Until"), initial=lambda: clock.now() + timedelta(hours=2)
    )
    up_to = forms.ChoiceField(
        label=gettext_lazy("Up to severity"),
        choices=Severity.choices,
        initial=Severity.MODERATE,
        help_text=gettext_lazy("People are notified of more severe incidents."),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "choices-beside"}),
        help_text=gettext_lazy("None for all kinds."),
    )
    place = forms.ChoiceField(label=gettext_lazy("Place"), required=False)
    device = forms.CharField(
        label=gettext_lazy("Device"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Its code. Empty for all devices."),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._site = site
        labels = [(code, capfirst(str(label))) for code, label in kinds.choices()]
        self.fields["kinds"].choices = labels  # type: ignore[attr-defined]
        self.fields["place"].choices = [("", _("whole site")), *places_of(site)]  # type: ignore[attr-defined]

    def clean_device(self) -> Device | None:
        """Return the device of the code; an unknown code is an error."""
        code = self.cleaned_data["device"].strip()
        return devices_of(self._site, [code])[0] if code else None

    def values(self) -> SilenceValues:
        """Return what was entered."""
        data = self.cleaned_data
        return SilenceValues(
            begins_at=data["begins_at"],
            ends_at=data["ends_at"],
            reason=data["reason"],
            up_to=data["up_to"],
            kinds=data["kinds"],
            device=data["device"],
            place_key=data["place"],
        )


def places_of(site: Site) -> list[tuple[str, str]]:
    """Return the places of a site that incidents may be at, by code and name."""
    rows = (
        ("lot", Lot.objects.in_use().filter(site=site)),
        ("building", Building.objects.in_use().filter(site=site)),
        ("gate", Gate.objects.in_use().filter(site=site)),
    )
    return [
        (f"{kind}:{each.pk}", each.name) for kind, found in rows for each in found.order_by("code")
    ]
