"""The forms with which a resident invites a visitor, or lets something be delivered."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from access.models import VisitorPass
from core import clock
from doors.models import VisitRules
from doors.visits import deliveries
from doors.visits.rules import groups_for
from estate.models import Door, DoorGroup, Unit
from people.models import ResidentRules
from ui.forms import LocalTime, PlainForm, PlateForm, plate_field

_FIRST_HOURS = 12


class GroupsField(forms.ModelMultipleChoiceField):
    """Groups of doors, by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            DoorGroup.objects.none(),
            label=_("Doors that open for the visitor"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )

    def label_from_instance(self, obj: DoorGroup) -> str:
        """Return the name of a group."""
        return obj.name


class VisitorForm(PlateForm):
    """A visitor's name or plate, why and when they come, how often, and by which doors."""

    visitor_name = forms.CharField(
        label=_("Visitor's name"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    plate = plate_field(required=False)
    reason = forms.ChoiceField(
        label=_("Reason of the visit"),
        choices=VisitorPass.Reason.choices,
        initial=VisitorPass.Reason.VISIT,
        required=False,
    )
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"))
    entries_allowed = forms.IntegerField(label=_("Entries"), min_value=1, initial=1)
    companions = forms.IntegerField(label=_("Companions"), min_value=0, initial=0, required=False)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=30,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )
    groups = GroupsField()
    field_order = ("visitor_name", *PlateForm.field_order)

    def __init__(
        self, rules: ResidentRules, visit_rules: VisitRules, unit: Unit, data: Any = None
    ) -> None:
        super().__init__(data)
        hours = min(rules.pass_hours, _FIRST_HOURS)
        self.fields["ends_at"].initial = lambda: clock.now() + timedelta(hours=hours)
        entries = self.fields["entries_allowed"]
        entries.widget.attrs["max"] = rules.pass_entries
        if rules.pass_entries == 1:
            entries.widget = forms.HiddenInput()
        self.fields["companions"].widget.attrs["max"] = visit_rules.most_companions
        if visit_rules.most_companions == 0:
            self.fields["companions"].widget = forms.HiddenInput()
        self._offer(unit)

    def _offer(self, unit: Unit) -> None:
        """Offer the doors that residents of the home may open; all are chosen at first."""
        groups, offered = self.fields["groups"], groups_for(unit)
        assert isinstance(groups, GroupsField)  # noqa: S101 - declared above
        groups.queryset, groups.initial = offered, offered
        if not offered.exists():
            del self.fields["groups"]

    def clean_reason(self) -> str:
        """Return why they come; a visit where nothing was chosen."""
        return self.cleaned_data["reason"] or VisitorPass.Reason.VISIT

    def clean_companions(self) -> int:
        """Return how many come along; none where nothing was entered."""
        return self.cleaned_data["companions"] or 0


class DeliveryForm(PlainForm):
    """The door at which something is delivered, and by whom."""

    door = forms.ModelChoiceField(
        Door.objects.none(), label=_("Door or parcel shelf"), empty_label=None
    )
    name = forms.CharField(
        label=_("Who delivers"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, unit: Unit, data: Any = None) -> None:
        super().__init__(data)
        doors = self.fields["door"]
        assert isinstance(doors, forms.ModelChoiceField)  # noqa: S101 - declared above
        doors.queryset = Door.objects.filter(
            pk__in=[each.pk for each in deliveries.doors_for(unit)]
        )
