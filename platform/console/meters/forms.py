"""Forms of meters and their readings."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Prefetch
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import clock
from core.ids import public_id
from core.models import Site
from devices.models import Device
from estate.models import Building, Unit
from metering.models import Measure, Utility
from metering.register import MAX_DECIMALS, MAX_WHOLE_DIGITS
from ui.forms import ConfirmableForm, LocalTime, PlainForm
from ui.photo_fields import PhotoField, register_field

_SITE = "site"


class MeterForm(ConfirmableForm):
    """A form about a meter or a reading, with confirmations of implausible values.

    The chosen photo survives a rejected submission: its input keeps an id that is unique to the
    dialog, so htmx preserves the element.
    """

    draft = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    ticks = {
        "rolled_over": _("The register rolled over: it restarted at zero"),
        "accept_high": _("This consumption is correct"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "photo" not in self.fields:
            del self.fields["draft"]
        else:
            draft = str(self.data.get("draft") or public_id())[:20]
            self.initial["draft"] = draft
            self.fields["photo"].widget.attrs["id"] = f"photograph-{draft}"

    def service_arguments(self) -> dict[str, Any]:
        """Return the cleaned data as keyword arguments of the service."""
        return {name: value for name, value in self.cleaned_data.items() if name != "draft"}


class ReadingForm(MeterForm):
    """A manual reading."""

    register = register_field(_("Register value"))
    at = LocalTime(label=_("Read at"), initial=clock.now)
    photo = PhotoField(required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("Without a photo: the reason."),
    )
    estimated = forms.BooleanField(label=_("Not read: this is an estimate"), required=False)


class CorrectReadingForm(MeterForm):
    """The corrected value of a reading."""

    register = register_field(_("Register value"))
    photo = PhotoField(required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class WithdrawForm(MeterForm):
    """The reason for withdrawing a reading."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class ReviewReadingForm(MeterForm):
    """The review of an implausible reading."""

    finding = forms.ChoiceField(
        label=_("Finding"),
        choices=[
            ("accept", _("Accept: the reading is valid")),
            ("reject", _("Reject: the reading is wrong")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)


class _FaceFields(forms.Form):
    serial = forms.CharField(
        label=_("Serial number"), max_length=60, help_text=_("As shown on the meter.")
    )
    whole_digits = forms.IntegerField(
        label=_("Whole digits"), min_value=1, max_value=MAX_WHOLE_DIGITS, initial=5
    )
    decimals = forms.IntegerField(
        label=_("Decimals"), min_value=0, max_value=MAX_DECIMALS, initial=1
    )
    multiplier = forms.DecimalField(
        label=_("Multiplier"),
        max_digits=12,
        decimal_places=6,
        initial=1,
        help_text=_("The ratio of its current transformers; 1 if it has none."),
    )


class CorrectMeterForm(_FaceFields, PlainForm):
    """The data of a meter's face plate."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class _NewMeterFields(_FaceFields):
    register = register_field(_("Register value"))


class InstallForm(_NewMeterFields, MeterForm):
    """A meter to install, and what it measures."""

    utility = forms.ChoiceField(label=_("Utility"), choices=Utility.choices)
    measure = forms.ChoiceField(label=_("Unit of measure"), choices=Measure.choices)
    place = forms.ChoiceField(label=_("Location"))
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("Distinguishes it from others there, such as stairwell light."),
    )
    at = LocalTime(label=_("Installed at"), initial=clock.now)
    most_per_day = forms.DecimalField(
        label=_("Daily maximum"),
        max_digits=14,
        decimal_places=4,
        required=False,
        help_text=_(
            "In the unit of measure. Higher readings need confirmation. Empty: based on history."
        ),
    )
    photo = PhotoField(required=False)
    field_order = ("utility", "measure", "place", "name", "serial")

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = list(_places(site))  # type: ignore[attr-defined]


class ReplaceForm(_NewMeterFields, MeterForm):
    """The old meter's last register and the new meter."""

    at = LocalTime(label=_("Replaced at"), initial=clock.now)
    last_register = register_field(_("Final register of the old meter"))
    photo = PhotoField(required=False, help_text=_("Of the old meter."))
    reason = forms.CharField(label=_("Reason"), max_length=300)
    keep_device = forms.BooleanField(label=_("The device reads the new meter too"), required=False)
    field_order = ("at", "last_register", "photo", "reason", "serial")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["serial"].label = _("Serial number of the new one")
        self.fields["register"].label = _("Register of the new meter")


class RetireForm(MeterForm):
    """A meter's last register."""

    at = LocalTime(label=_("Removed at"), initial=clock.now)
    last_register = register_field(_("Register value"))
    photo = PhotoField(required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class ConnectForm(PlainForm):
    """The device that reads a meter."""

    device = forms.ModelChoiceField(
        label=_("Device"),
        queryset=Device.objects.none(),
        required=False,
        empty_label=_("None: read manually"),
    )
    metric = forms.CharField(
        label=_("Metric"), max_length=60, required=False, help_text=_("For example register.kwh.")
    )
    weight = forms.DecimalField(
        label=_("Weight"),
        max_digits=12,
        decimal_places=6,
        initial=1,
        help_text=_("Register units per unit of the device's value, such as 0.01 per pulse."),
    )
    base = forms.DecimalField(
        label=_("Base"),
        max_digits=13,
        decimal_places=4,
        initial=Decimal(0),
        help_text=_("Register when the device's value was zero."),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [Device.Kind.METER, Device.Kind.SENSOR]
        devices = Device.objects.filter(site=site, kind__in=kinds).order_by("code")
        self.fields["device"].queryset = devices  # type: ignore[attr-defined]


class LimitForm(PlainForm):
    """The plausible maximum per day."""

    most_per_day = forms.DecimalField(
        label=_("Daily maximum"), max_digits=14, decimal_places=4, required=False
    )


def place_of(site: Site, choice: str) -> tuple[Building | None, Unit | None]:
    """Return the building or unit of a ``place`` choice; both None for the whole site."""
    kind, _colon, pk = choice.partition(":")
    if kind == "unit":
        return None, Unit.objects.get(building__site=site, pk=pk)
    if kind == "building":
        return Building.objects.get(site=site, pk=pk), None
    return None, None


def _places(site: Site) -> Iterator[tuple[str, Any]]:
    yield _SITE, gettext("%(site)s, whole site") % {"site": site.name}
    units_in_use = Prefetch("units", Unit.objects.in_use())
    buildings = Building.objects.in_use().filter(site=site).prefetch_related(units_in_use)
    for building in buildings.order_by("code"):
        units = sorted(building.units.all(), key=lambda unit: unit.code)
        yield (
            building.name,
            [
                (f"building:{building.pk}", gettext("Common part")),
                *((f"unit:{unit.pk}", f"{building.code}-{unit.code}") for unit in units),
            ],
        )


class WindowForm(PlainForm):
    """The days of each month on which residents may send readings."""

    first_day = forms.IntegerField(label=_("From day"), min_value=1, max_value=28, required=False)
    last_day = forms.IntegerField(
        label=_("To day"),
        min_value=1,
        max_value=28,
        required=False,
        help_text=_("Leave both empty if residents send no readings."),
    )
