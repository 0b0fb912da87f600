"""The form that registers a device."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.devices.forms.mapping import preset_choices
from devices.drivers.labels import driver_choices
from devices.models import Device
from ui.forms import PlainForm


class DeviceForm(PlainForm):
    """A device to register."""

    code = forms.CharField(
        label=_("Code"), max_length=60, help_text=_("Its name in topics; letters, digits, - and _.")
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Device.Kind.choices)
    driver = forms.ChoiceField(label=_("Driver"))
    serial = forms.CharField(
        label=_("Serial number"),
        max_length=60,
        required=False,
        help_text=_("Makers' cameras sign in with it."),
    )
    topic = forms.CharField(
        label=_("Topic"),
        max_length=240,
        required=False,
        help_text=_("Only with a mapping: where the device publishes."),
    )
    preset = forms.ChoiceField(
        label=_("Mapping to begin with"),
        required=False,
        help_text=_("It can be changed, and tried on a message, on the device's page."),
    )
    interval_s = forms.IntegerField(
        label=_("Reports every (s)"),
        min_value=1,
        max_value=7 * 86_400,
        required=False,
        help_text=_("After so long a silence it counts as offline; empty: what its driver says."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["driver"].choices = driver_choices()  # type: ignore[attr-defined]
        self.fields["preset"].choices = preset_choices()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the arguments of `register_device`; the preset becomes one of its options."""
        data = dict(super().clean() or self.cleaned_data)
        preset = data.pop("preset", "")
        return {**data, "options": {"preset": preset} if preset else {}}
