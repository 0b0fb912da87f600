"""How long lists of devices are narrowed down; what makes no sense narrows nothing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.driver_labels import driver_choices
from console.forms.base import PlainForm
from devices.models import Device

_ANY = ("", "–")
DISABLED = "disabled"


class FilterForm(PlainForm):
    """A form in the address: each field may be empty, and a wrong one counts as empty."""

    def asked(self) -> dict[str, Any]:
        """Return what was asked for, by field, without what is empty or wrong."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class DevicesFilter(FilterForm):
    """Which devices."""

    q = forms.CharField(label=_("Code, name, serial number or model"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[_ANY, *Device.Kind.choices], required=False)
    driver = forms.ChoiceField(label=_("Driver"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        choices=[_ANY, *Device.State.choices, (DISABLED, _("disabled"))],
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["driver"].choices = [_ANY, *driver_choices()]  # type: ignore[attr-defined]


class FirmwareFilter(FilterForm):
    """Which devices' firmware."""

    q = forms.CharField(label=_("Code, model or version"), required=False)
    outdated = forms.BooleanField(label=_("Outdated only"), required=False)


class BatteryFilter(FilterForm):
    """Which batteries."""

    q = forms.CharField(label=_("Code or name"), required=False)
    below = forms.IntegerField(label=_("Below %"), min_value=1, max_value=101, required=False)


class LettersFilter(FilterForm):
    """Which dead letters."""

    field = forms.CharField(required=False, max_length=120)
    problem = forms.CharField(required=False, max_length=400)
    device = forms.CharField(label=_("Device"), required=False, max_length=60)
