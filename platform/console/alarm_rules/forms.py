"""The fields of an alarm rule besides its conditions."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.device_codes import devices_of
from console.unit_field import UnitField
from core.models import Site
from devices.models import Device
from estate.models import Building, Lot
from incidents import kinds
from incidents.own_kinds import ALARM_RULE
from incidents.severities import Severity
from ui.forms import RevisedForm

ALL, ANY = "all", "any"
DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


def _time(label: Any) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


class RuleForm(RevisedForm):
    """Name, severity, place and times of an alarm rule."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of incident"), required=False)
    severity = forms.ChoiceField(
        label=gettext_lazy("Severity"), choices=Severity.choices, initial=Severity.MODERATE
    )
    auto_clear = forms.BooleanField(
        label=gettext_lazy("Close the incident without a review when the condition has ended"),
        required=False,
    )
    join = forms.ChoiceField(
        label=gettext_lazy("It is raised when"),
        choices=(
            (ALL, gettext_lazy("all conditions hold")),
            (ANY, gettext_lazy("one condition holds")),
        ),
        required=False,
    )
    device_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of device"),
        choices=(("", gettext_lazy("all")), *Device.Kind.choices),
        required=False,
    )
    lot = forms.ModelChoiceField(Lot.objects.none(), label=gettext_lazy("Car park"), required=False)
    building = forms.ModelChoiceField(
        Building.objects.none(), label=gettext_lazy("Building"), required=False
    )
    unit = UnitField(required=False)
    devices = forms.CharField(
        label=gettext_lazy("Devices"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Codes, separated by spaces. Empty for all."),
    )
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Days of the week"),
        choices=[(str(number), day) for number, day in enumerate(DAYS)],
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "choices-beside"}),
    )
    begins = _time(gettext_lazy("From"))
    ends = _time(gettext_lazy("Until"))

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._site = site
        raised = [(each.code, capfirst(str(each.label))) for each in kinds.all() if each.for_rules]
        self.fields["kind"].choices = sorted(raised, key=lambda kind: kind[0] != ALARM_RULE)  # type: ignore[attr-defined]
        lots = Lot.objects.in_use().filter(site=site).order_by("code")
        buildings = Building.objects.in_use().filter(site=site).order_by("code")
        self.fields["lot"].queryset = lots  # type: ignore[attr-defined]
        self.fields["building"].queryset = buildings  # type: ignore[attr-defined]
        self.fields["unit"].site = site  # type: ignore[attr-defined]

    def clean_devices(self) -> list[Device]:
        """Return the devices of the codes; an unknown code is an error."""
        return devices_of(self._site, self.cleaned_data["devices"].replace(",", " ").split())

    def clean(self) -> dict[str, Any]:
        """Require both times of a time profile, or none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        begins, ends = data.get("begins"), data.get("ends")
        if (begins is None) != (ends is None):
            self.add_error(
                "ends" if ends is None else "begins", _("Enter both times, or none for all day.")
            )
        return data

    def profile(self) -> dict[str, Any] | None:
        """Return the times as `incidents.rules.parsing` reads them; None for always."""
        data = self.cleaned_data
        if not data["days"] and data["begins"] is None:
            return None
        days = [int(day) for day in data["days"]] or list(range(7))
        begins, ends = (
            (data["begins"], data["ends"]) if data["begins"] is not None else (None, None)
        )
        return {
            "days": days,
            "begins": begins.strftime("%H:%M") if begins else "00:00",
            "ends": ends.strftime("%H:%M") if ends else "00:00",
        }
