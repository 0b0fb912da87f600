"""Forms of evidence cameras."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Site
from devices.models import Device
from estate.models import Lane
from incidents.evidence import cameras
from incidents.models import EvidenceCamera
from ui.forms import PlainForm


class CameraForm(PlainForm):
    """A camera: how its pictures are fetched, where it stands and what it sees."""

    name = forms.CharField(label=_("Name"), max_length=80)
    device = forms.ModelChoiceField(
        Device.objects.none(),
        label=_("Plate camera"),
        required=False,
        help_text=_("It is asked for pictures by command. Otherwise enter an address."),
    )
    url = forms.CharField(
        label=_("Snapshot address"),
        max_length=400,
        required=False,
        help_text=_("Of a JPEG picture, such as http://192.168.20.14/snap.jpg."),
    )
    username = forms.CharField(
        label=_("User name"),
        max_length=80,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=120,
        required=False,
        help_text=_("Stored encrypted and never shown again. Empty: unchanged."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    lanes = forms.ModelMultipleChoiceField(
        Lane.objects.none(),
        label=_("Shows these lanes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    longitude = forms.FloatField(
        label=_("Longitude"), required=False, min_value=-180, max_value=180
    )
    latitude = forms.FloatField(label=_("Latitude"), required=False, min_value=-90, max_value=90)
    direction = forms.IntegerField(
        label=_("Direction (°)"),
        min_value=0,
        max_value=359,
        initial=0,
        help_text=_("Where it looks: 0 north, 90 east, 180 south, 270 west."),
    )
    angle = forms.IntegerField(
        label=_("Angle of view (°)"), min_value=1, max_value=360, initial=360
    )
    range_m = forms.IntegerField(label=_("Range (m)"), min_value=1, max_value=2000, initial=30)
    enabled = forms.BooleanField(label=_("Takes pictures of incidents"), required=False)

    def __init__(self, site: Site, data: Any, camera: EvidenceCamera | None = None) -> None:
        super().__init__(data, initial=_initial(camera))
        fields: Any = self.fields
        fields["device"].queryset = cameras.devices_with_snapshots(site)
        lanes = Lane.objects.in_use().filter(gate__site=site).select_related("gate")
        fields["lanes"].queryset = lanes.order_by("gate__code", "code")


class NetworksForm(PlainForm):
    """The private networks of a site's cameras."""

    networks = forms.CharField(
        label=_("Networks"),
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("One a line, such as 192.168.20.0/24."),
    )

    def clean_networks(self) -> list[str]:
        """Return the lines that are not empty."""
        return [line.strip() for line in self.cleaned_data["networks"].splitlines() if line.strip()]


def _initial(camera: EvidenceCamera | None) -> dict[str, Any]:
    if camera is None:
        return {"enabled": True}
    names = (
        "name",
        "device",
        "url",
        "username",
        "longitude",
        "latitude",
        "direction",
        "angle",
        "range_m",
        "enabled",
    )
    return {name: getattr(camera, name) for name in names} | {"lanes": camera.lanes.all()}
