"""Forms of visitors."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import VisitorPass
from console.unit_field import UnitField
from core import clock
from core.models import Site
from doors.models import VisitorBan
from doors.visits import rules
from estate.models import Door, DoorGroup
from ui.forms import LocalTime, PlainForm, PlateForm, plate_field

_HOURS = 4
_BAN_DAYS = 30


class GroupsField(forms.ModelMultipleChoiceField):
    """Groups of doors of a site, by name."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.CheckboxSelectMultiple
        super().__init__(DoorGroup.objects.none(), required=False, widget=widget, **kwargs)

    def label_from_instance(self, obj: DoorGroup) -> str:
        """Return the name of a group."""
        return obj.name


class VisitForm(PlateForm):
    """A visitor at the desk: who, to whom, for how long; Enter in any field issues the pass."""

    visitor_name = forms.CharField(
        label=_("Visitor's name"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True}),
    )
    unit = UnitField(required=False)
    plate = plate_field(required=False)
    reason = forms.ChoiceField(
        label=_("Reason of the visit"),
        choices=VisitorPass.Reason.choices,
        initial=VisitorPass.Reason.VISIT,
    )
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(hours=_HOURS))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )
    companions = forms.IntegerField(
        label=_("Companions"), min_value=0, max_value=999, initial=0, required=False
    )
    entries_allowed = forms.IntegerField(label=_("Entries"), min_value=1, max_value=999, initial=1)
    groups = GroupsField(label=_("Doors that open for the visitor"))
    field_order = ("visitor_name", "unit", *PlateForm.field_order)

    def __init__(self, site: Site, data: Any = None) -> None:
        super().__init__(data)
        unit, groups = self.fields["unit"], self.fields["groups"]
        assert isinstance(unit, UnitField)  # noqa: S101 - declared above
        assert isinstance(groups, GroupsField)  # noqa: S101 - declared above
        unit.site = site
        groups.queryset = DoorGroup.objects.in_use().filter(site=site).order_by("code")
        own = rules.visit_rules(site)
        groups.initial = list(own.groups.values_list("pk", flat=True)) if own.pk else []
        if not groups.queryset.exists():
            del self.fields["groups"]

    def clean_companions(self) -> int:
        """Return how many come along; none where nothing was entered."""
        return self.cleaned_data["companions"] or 0


class ExtendForm(PlainForm):
    """A later end of a visit."""

    ends_at = LocalTime(label=_("Until"))


class DepositForm(PlainForm):
    """The receipt of a deposit."""

    receipt = forms.CharField(
        label=_("Receipt"), max_length=40, widget=forms.TextInput({"autocomplete": "off"})
    )


class DeliveryForm(PlainForm):
    """A door or parcel shelf that opens once for a delivery."""

    door = forms.ModelChoiceField(
        Door.objects.none(), label=_("Door or parcel shelf"), empty_label=None
    )
    unit = UnitField(required=False)
    name = forms.CharField(
        label=_("Who delivers"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, site: Site, data: Any = None) -> None:
        super().__init__(data)
        unit, door = self.fields["unit"], self.fields["door"]
        assert isinstance(unit, UnitField)  # noqa: S101 - declared above
        assert isinstance(door, forms.ModelChoiceField)  # noqa: S101 - declared above
        unit.site = site
        rows = Door.objects.in_use().filter(site=site, groups__ended_at=None)
        door.queryset = rows.exclude(groups=None).distinct().order_by("code")


class RulesForm(PlainForm):
    """What holds for the visitors of a site."""

    groups = GroupsField(
        label=_("Doors that residents may open for visitors"),
        help_text=_("Doors of a building are offered to its own residents only."),
    )
    approved_by_staff = forms.MultipleChoiceField(
        label=_("Visits that the staff approve"),
        choices=VisitorPass.Reason.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    per_day = forms.IntegerField(
        label=_("Visits per home and day"),
        min_value=0,
        max_value=999,
        required=False,
        help_text=_("Empty for no limit."),
    )
    most_companions = forms.IntegerField(label=_("Companions at most"), min_value=0, max_value=999)
    asks_at_door = forms.BooleanField(label=_("Visitors may ask at the door"), required=False)
    contractors_sign = forms.BooleanField(label=_("Contractors accept the rules"), required=False)
    contractors_deposit = forms.BooleanField(label=_("Contractors leave a deposit"), required=False)
    way = forms.CharField(
        label=_("The way in"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    text = forms.CharField(
        label=_("Rules for visitors"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )

    def __init__(self, site: Site, data: Any = None) -> None:
        own = rules.visit_rules(site)
        names = [name for name in self.base_fields if name != "groups"]
        initial: dict[str, Any] = {name: getattr(own, name) for name in names}
        initial["groups"] = list(own.groups.values_list("pk", flat=True)) if own.pk else []
        super().__init__(data, initial=initial)
        groups = self.fields["groups"]
        assert isinstance(groups, GroupsField)  # noqa: S101 - declared above
        groups.queryset = DoorGroup.objects.in_use().filter(site=site).order_by("code")


class BanForm(PlateForm):
    """Who is to see the guard, and by what right."""

    visitor_name = forms.CharField(
        label=_("Visitor's name"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )
    plate = plate_field(required=False)
    basis = forms.ChoiceField(label=_("Legal basis"), choices=VisitorBan.Basis.choices)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(days=_BAN_DAYS))
    field_order = ("visitor_name", "phone", *PlateForm.field_order)
