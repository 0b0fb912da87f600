"""Filters of the lists of devices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from devices.drivers.labels import driver_choices
from devices.models import Device
from ui.forms import FilterForm

_ANY = ("", "–")
DISABLED = "disabled"


class DevicesFilter(FilterForm):
    """Devices by text, kind, driver and state."""

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
    """Firmware by text, or outdated only."""

    q = forms.CharField(label=_("Code, model or version"), required=False)
    outdated = forms.BooleanField(label=_("Outdated only"), required=False)


class BatteryFilter(FilterForm):
    """Batteries by text and charge."""

    q = forms.CharField(label=_("Code or name"), required=False)
    below = forms.IntegerField(label=_("Below %"), min_value=1, max_value=101, required=False)
