"""Forms of a unit's state and areas, and of a split or a merger."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from console.places.forms import area_field, code_field
from core.models import Site
from estate.models import Unit, UnitState
from estate.services import UnitPart
from people.models import Occupancy
from people.periods import today
from people.services import occupancies_on
from ui.forms import Day, PlainForm, RevisedForm

MOST_PARTS = 6
_SEPARATORS = re.compile(r"[\s,;，；、]+")
_KEEP_RIGHTS = gettext_lazy("Let the cars and other rights of those who leave go on")


class StateForm(PlainForm):
    """The state of a unit from a day on."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=UnitState.State.choices)
    begins_on = Day(label=gettext_lazy("From"))


class AreaForm(RevisedForm):
    """The corrected areas of a unit, and why."""

    built_up_area = area_field(gettext_lazy("Built-up area (m²)"))
    usable_area = area_field(gettext_lazy("Usable area (m²)"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Such as the survey that it follows."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class PartForm(PlainForm):
    """A unit that comes out of a split or a merger."""

    code = code_field(gettext_lazy("One that no unit of the building has had."))
    built_up_area = area_field(gettext_lazy("Built-up area (m²)"))
    usable_area = area_field(gettext_lazy("Usable area (m²)"))
    coefficient = forms.DecimalField(
        label=gettext_lazy("Coefficient"),
        min_value=0,
        max_digits=8,
        decimal_places=4,
        required=False,
        help_text=gettext_lazy("Empty for that of the unit before."),
    )

    def part(self) -> UnitPart:
        """Return the part that the valid form describes."""
        return UnitPart(**self.cleaned_data)


class SplitForm(PlainForm):
    """The parts of a unit, and in which of them each occupancy goes on."""

    layout = "console/places/split_fields.html"

    on = Day(label=gettext_lazy("From"), help_text=gettext_lazy("Today or an earlier day."))
    keep_rights = forms.BooleanField(label=_KEEP_RIGHTS, required=False)

    def __init__(self, unit: Unit, data: Any = None) -> None:
        super().__init__(data)
        self.fields["on"].initial = today(unit.site)
        self.parts = [
            PartForm(
                data,
                prefix=f"part-{number}",
                auto_id="dialog_%s",
                empty_permitted=number > 1,
                use_required_attribute=False,
            )
            for number in range(MOST_PARTS)
        ]
        self.occupancies = occupancies_on(unit, today(unit.site))
        for occupancy in self.occupancies:
            self.fields[_carried(occupancy)] = self._goes_on_in(occupancy)

    @property
    def choices_of_occupancies(self) -> list[Any]:
        """The fields that choose where the occupancies go on."""
        return [self[_carried(occupancy)] for occupancy in self.occupancies]

    @property
    def has_further(self) -> bool:
        """Whether a third part was entered."""
        return any(part.is_bound and part.has_changed() for part in self.parts[2:])

    def clean(self) -> dict[str, Any]:
        """Validate the parts, too."""
        data = super().clean() or self.cleaned_data
        if not all([part.is_valid() for part in self.parts]):  # noqa: C419 - each shows its own
            raise forms.ValidationError(_("Correct what is marked below."))
        return data

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the plan."""
        entered = {
            number: part.part() for number, part in enumerate(self.parts) if part.has_changed()
        }
        carried = {
            occupancy.pk: [
                entered[int(number)].code
                for number in self.cleaned_data[_carried(occupancy)]
                if int(number) in entered
            ]
            for occupancy in self.occupancies
        }
        return {
            "parts": list(entered.values()),
            "on": self.cleaned_data["on"],
            "carried": carried,
        }

    @staticmethod
    def _goes_on_in(occupancy: Occupancy) -> forms.MultipleChoiceField:
        numbers = [
            (str(number), _("part %(n)s") % {"n": number + 1}) for number in range(MOST_PARTS)
        ]
        return forms.MultipleChoiceField(
            label=f"{occupancy.holder.name} ({occupancy.get_role_display()})",
            choices=numbers,
            initial=["0"],
            required=False,
            widget=forms.CheckboxSelectMultiple({"class": "choices choices-beside"}),
        )


class MergeForm(PartForm):
    """The other units of a merger, and the unit that comes out."""

    others = forms.CharField(
        label=gettext_lazy("Units to merge with"),
        max_length=200,
        help_text=gettext_lazy("Their codes in the same building, such as 0802 0803."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    on = Day(label=gettext_lazy("From"), help_text=gettext_lazy("Today or an earlier day."))
    keep_rights = forms.BooleanField(label=_KEEP_RIGHTS, required=False)
    # Whose choice the form has shown: the keys of their occupancies.
    offered = forms.CharField(required=False, widget=forms.HiddenInput())
    field_order = ("others", "on", "code", "built_up_area", "usable_area", "coefficient")
    layout = "console/places/merge_fields.html"

    def __init__(self, unit: Unit, data: Any = None) -> None:
        super().__init__(data)
        self.unit = unit
        # Those of the units to merge on the day, once both are known.
        self.occupancies: list[Occupancy] = []
        self.fields["on"].initial = today(unit.site)
        self.fields["code"].label = pgettext_lazy("of a merged unit", "New code")

    def clean(self) -> dict[str, Any]:
        """Ask who goes on in the new unit before anything is planned."""
        data = super().clean() or self.cleaned_data
        self.occupancies = there = self._there(data)
        keys = [str(each.pk) for each in there]
        posted = cast("QueryDict", self.data).copy()
        is_offered = data.get("offered", "") == " ".join(keys)
        chosen = posted.getlist("staying") if is_offered else keys
        posted["offered"] = " ".join(keys)
        posted.setlist("staying", chosen)
        self.data = posted
        self.fields["staying"] = _staying(there)
        if keys and not is_offered and not self.errors:
            raise forms.ValidationError(_("Choose who goes on in the new unit."))
        data["staying"] = [int(key) for key in keys if key in chosen]
        return data

    def _there(self, data: dict[str, Any]) -> list[Occupancy]:
        if "others" not in data or "on" not in data:
            return []
        return [each for unit in self.units() for each in occupancies_on(unit, data["on"])]

    def clean_others(self) -> Sequence[Unit]:
        """Return the units of the codes.

        Raises:
            ValidationError: the building has no such unit in use.
        """
        codes = [code for code in _SEPARATORS.split(self.cleaned_data["others"]) if code]
        rows = Unit.objects.in_use().filter(building=self.unit.building_id, code__in=codes)
        found = {each.code: each for each in rows.select_related("building__site")}
        unknown = next((code for code in codes if code not in found), None)
        if unknown is not None or not codes:
            text = _("The building has no unit %(code)s in use.") % {"code": unknown or "–"}
            raise forms.ValidationError(text)
        return [found[code] for code in codes]

    def part(self) -> UnitPart:
        """Return the unit that comes out."""
        names = ("code", "built_up_area", "usable_area", "coefficient")
        return UnitPart(**{name: self.cleaned_data[name] for name in names})

    def units(self) -> list[Unit]:
        """Return all units of the merger."""
        return [self.unit, *self.cleaned_data["others"]]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the plan: who was chosen goes on in the new unit."""
        on, part = self.cleaned_data["on"], self.part()
        carried = {pk: [part.code] for pk in self.cleaned_data["staying"]}
        return {"parts": [part], "on": on, "carried": carried}


def first_state(site: Site, state: UnitState | None) -> Mapping[str, Any]:
    """Return the first values of a `StateForm`: today, and another state than the current one."""
    values = UnitState.State.values
    other = next(value for value in values if state is None or value != state.state)
    return {"begins_on": today(site), "state": other}


def _staying(occupancies: Sequence[Occupancy]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Who goes on in the new unit"),
        choices=[(str(each.pk), _described(each)) for each in occupancies],
        required=False,
        help_text=_("The others move out."),
        widget=forms.CheckboxSelectMultiple({"class": "choices"}),
    )


def _described(occupancy: Occupancy) -> str:
    name, role = occupancy.holder.name, occupancy.get_role_display()
    return f"{name} ({role}, {occupancy.place.code})"


def _carried(occupancy: Occupancy) -> str:
    return f"carried-{occupancy.pk}"
