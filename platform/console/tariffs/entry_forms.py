"""The fields of a tariff: its rates with their steps, caps, special days and other rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from ui.amounts import AmountField, AmountsField
from ui.forms import PlainForm

DAY_CLASSES = [
    ("workday", _("workdays")),
    ("weekend", _("weekends")),
    ("holiday", _("holidays")),
]
_ONE_DAY_CLASS = [
    ("workday", _("a workday")),
    ("weekend", _("a weekend day")),
    ("holiday", _("a holiday")),
]
_WINDOWS = [
    ("24h", _("24 hours")),
    ("day", _("one day")),
    ("segment", _("each rate period")),
    ("stay", _("the whole stay")),
]
_LONGEST = 10**9
_NAME = RegexValidator(r"^[^\x00-\x1f\x7f]*$", _("Remove the control characters."))
_TIME = RegexValidator(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", _("Enter a time such as 07:00."))


class FieldsForm(PlainForm):
    """A part of the tariff's fields, in one currency.

    Each field names the element that shows its error, because errors change while typing.

    Attributes:
        layouts: the names of the fields that stand side by side, by the name of their group.
    """

    layouts: ClassVar[Mapping[str, Sequence[str]]] = {}

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, AmountField):
                field.currency = currency
            bound = self[name]
            hint = f" {bound.auto_id}_helptext" if field.help_text else ""
            field.widget.attrs["aria-describedby"] = f"{bound.auto_id}_error{hint}"

    @property
    def groups(self) -> dict[str, list[forms.BoundField]]:
        """The fields of each group."""
        return {group: [self[name] for name in names] for group, names in self.layouts.items()}


def _minutes(label: Any, *, least: int = 1, required: bool = False, hint: Any = "") -> Any:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=_LONGEST,
        required=required,
        help_text=hint,
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )


def _choice(label: Any, *choices: tuple[str, Any], hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=hint)


class RulesForm(FieldsForm):
    """The rules of the whole tariff."""

    layouts = {
        "usual": (
            "free_minutes",
            "free_kind",
            "exit_grace_minutes",
            "min_charge",
            "code",
            "ladder_reset",
        ),
        "seldom": ("unit_at_boundary", "ladder_scope", "free_repeat", "uncovered", "timezone"),
    }

    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        validators=[_NAME],
        help_text=_("Receipts name the tariff by it, such as main-gate@3."),
    )
    free_minutes = _minutes(_("Free minutes"), least=0)
    free_kind = _choice(
        _("Longer stays"),
        ("threshold", _("are charged from the first minute")),
        ("deduct", _("are charged after the free minutes")),
    )
    exit_grace_minutes = forms.IntegerField(
        label=_("Minutes to leave after paying"), min_value=0, max_value=527_040, initial=15
    )
    free_inclusive = forms.BooleanField(
        label=_("A stay of exactly the free minutes is free"), required=False, initial=True
    )
    free_repeat = _choice(
        _("Free minutes apply"),
        ("stay", _("once per stay")),
        ("cycle", _("each time the count restarts")),
    )
    ladder_reset = _choice(
        _("Count steps from the start again"),
        ("none", _("never")),
        ("24h", _("every 24 hours after entry")),
        ("day", _("at midnight")),
    )
    ladder_scope = _choice(
        _("When the rate changes, the steps"),
        ("segment", _("start from the beginning")),
        ("cycle", _("continue where they are")),
    )
    unit_at_boundary = _choice(
        _("A unit that runs when the rate changes"),
        ("cut", _("ends and is charged")),
        ("carry", _("continues at the old price")),
        ("entry", _("keeps the rate of the entry")),
        ("total", _("is charged by the minute, and the sum rounded up")),
    )
    uncovered = _choice(
        _("Times without a rate"),
        ("error", _("are an error")),
        ("free", _("are free")),
    )
    min_charge = AmountField(label=_("Minimum charge"), required=False)
    free_after_pass = forms.BooleanField(
        label=_("After a pass ends, the free minutes apply to the rest"), required=False
    )
    timezone = forms.CharField(label=_("Time zone"), max_length=64, validators=[_NAME])

    def clean_min_charge(self) -> int:
        """Return the minimum charge, 0 if none is given."""
        return self.cleaned_data["min_charge"] or 0


class ElementForm(FieldsForm):
    """A rate: what it is called and when it applies."""

    layouts = {
        "names": ("title_zh", "title_en", "time_from", "time_to"),
        "conditions": ("day_class", "vehicle"),
    }

    id = forms.CharField(max_length=200, strip=False, widget=forms.HiddenInput, validators=[_NAME])
    title_zh = forms.CharField(
        label=_("Title in Chinese"), max_length=200, required=False, validators=[_NAME]
    )
    title_en = forms.CharField(
        label=_("Title in English"), max_length=200, required=False, validators=[_NAME]
    )
    time_from = forms.CharField(
        label=_("Starts at"),
        required=False,
        validators=[_TIME],
        widget=forms.TextInput({"type": "time"}),
    )
    time_to = forms.CharField(
        label=_("Ends at"),
        required=False,
        validators=[_TIME],
        widget=forms.TextInput({"type": "time"}),
    )
    day_class = forms.MultipleChoiceField(
        label=_("Kind of day"),
        choices=DAY_CLASSES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    vehicle = forms.MultipleChoiceField(
        label=_("Vehicle classes"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, currency: str, vehicles: Iterable[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(currency, *args, **kwargs)
        known = dict(vehicles)
        # A class that is not on the list stays visible, so that it can be removed.
        named = [name for name in self["vehicle"].value() or [] if name not in known]
        field = self.fields["vehicle"]
        field.choices = [*known.items(), *((name, name) for name in named)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Require both ends of the times, or none."""
        data = self.cleaned_data
        for one, other in (("time_from", "time_to"), ("time_to", "time_from")):
            if data.get(one) and not data.get(other, True):
                self.add_error(other, forms.ValidationError(_("Enter both times."), "required"))
        return data


class StepForm(FieldsForm):
    """One step of a rate; without a unit it is charged once."""

    upto = _minutes(_("Up to minute"))
    price = AmountField(label=_("Price"))
    unit = _minutes(_("Unit (min)"))
    per = _minutes(_("Price per (min)"))
    round = _choice(_("A started unit"), ("up", _("counts")), ("down", _("doesn't count")))

    def clean(self) -> dict[str, Any]:
        """Reject what a price without a unit cannot have."""
        data = self.cleaned_data
        if "unit" in data and data["unit"] is None:
            for name, given in (("per", data.get("per")), ("round", data.get("round") == "down")):
                if given:
                    self.add_error(name, _("Only with a unit."))
        return data


class CapForm(FieldsForm):
    """The most that each window of one kind costs."""

    layouts = {"all": ("amounts", "window", "element")}

    amounts = AmountsField(label=_("At most"))
    window = _choice(_("In each"), *_WINDOWS)
    element = forms.ChoiceField(label=_("Rate"), required=False)

    def __init__(
        self, currency: str, elements: Sequence[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(currency, *args, **kwargs)
        self.fields["element"].choices = [("", _("all")), *elements]  # type: ignore[attr-defined]


class DayForm(FieldsForm):
    """A date whose class differs from that of its weekday."""

    layouts = {"all": ("date", "day_class")}

    date = forms.DateField(
        label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    day_class = _choice(_("Counts as"), *_ONE_DAY_CLASS)

    def clean_date(self) -> str:
        """Return the date as the document writes it."""
        return str(self.cleaned_data["date"].isoformat())
