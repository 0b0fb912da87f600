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
        label=_("Code"),
        max_length=60,
        help_text=_("Used in topics. Letters, digits, hyphens and underscores."),
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Device.Kind.choices)
    driver = forms.ChoiceField(label=_("Driver"))
    serial = forms.CharField(
        label=_("Serial number"),
        max_length=60,
        required=False,
        help_text=_("The maker's cameras sign in with it."),
    )
    topic = forms.CharField(
        label=_("Topic"),
        max_length=240,
        required=False,
        help_text=_("Only with a mapping: the topic the device publishes to."),
    )
    preset = forms.ChoiceField(
        label=_("Preset mapping"),
        required=False,
        help_text=_("You can change and test it on the device's page."),
    )
    interval_s = forms.IntegerField(
        label=_("Reports every (s)"),
        min_value=1,
        max_value=7 * 86_400,
        required=False,
        help_text=_("Silence after which it counts as offline. Empty: the driver's default."),
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
