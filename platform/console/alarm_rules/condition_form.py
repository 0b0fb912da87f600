"""The form of one condition of an alarm rule."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from console.alarm_rules.starting_points import WATCHED
from core.models import Site
from devices.metric_labels import metric_label
from devices.telemetry.models import Latest, Metric
from incidents.alarms import observables
from incidents.alarms.observables import TELEMETRY
from incidents.alarms.selectors import watched_kinds
from ui.forms import PlainForm
from ui.pages import Text

THRESHOLD, RATE, ABSENCE, COUNT = "threshold", "rate", "absence", "count"
TYPES = (
    (THRESHOLD, _("Above or below a limit")),
    (RATE, _("Rises or falls quickly")),
    (ABSENCE, _("No report")),
    (COUNT, _("Happens several times")),
)
_MINUTE = 60
_DIRECTIONS = {
    THRESHOLD: (("above", _("above")), ("below", _("below"))),
    RATE: (("rises", _("rises")), ("falls", _("falls"))),
}
# The fields of each type, besides the type and what is watched.
_FIELDS = {
    THRESHOLD: ("direction", "number", "clear", "minutes"),
    RATE: ("direction", "number", "minutes"),
    ABSENCE: ("minutes",),
    COUNT: ("least", "minutes"),
}
_TIMES = {
    THRESHOLD: _("For at least (minutes)"),
    RATE: _("Within (minutes)"),
    ABSENCE: _("For (minutes)"),
    COUNT: _("Within (minutes)"),
}
_ABSENT = _("Counts for devices that have reported it before, and for those entered in the rule.")
# The fields of definitions, as errors name them.
FIELD_OF = {
    "limit": "number",
    "amount": "number",
    "clear": "clear",
    "lasting_s": "minutes",
    "within_s": "minutes",
    "least": "least",
    "kind": "watched",
}
# What the select of the type does: the same page again, with the fields of the chosen type.
_ON_CHANGE = {
    "hx-post": "",
    "hx-trigger": "change",
    "hx-vals": '{"do": "fields"}',
    "hx-target": "#rule-form",
    "hx-select": "#rule-form",
    "hx-swap": "outerHTML",
}


class ConditionForm(PlainForm):
    """What is watched, and when that raises an alarm."""

    type = forms.ChoiceField(label=_("Condition"), choices=TYPES, widget=forms.Select(_ON_CHANGE))
    watched = forms.ChoiceField(label=_("What"))
    direction = forms.ChoiceField(label=_("Direction"))
    number = forms.FloatField(label=_("Limit value"))
    clear = forms.FloatField(
        label=_("Until it is back at"),
        required=False,
        help_text=_("So that a value around the limit raises one alarm and not many."),
    )
    least = forms.IntegerField(label=_("Times"), min_value=1, max_value=1000)
    minutes = forms.DecimalField(
        min_value=Decimal(0), max_value=Decimal(44_640), max_digits=8, decimal_places=2
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place = (self.prefix or "c0").removeprefix("c")
        chosen = self["type"].value()
        self.chosen = chosen if chosen in _FIELDS else THRESHOLD
        for name in {"direction", "number", "clear", "least", "minutes"} - {*_FIELDS[self.chosen]}:
            del self.fields[name]
        self._set_choices(site)
        self.fields["minutes"].label = _TIMES[self.chosen]
        if self.chosen == RATE:
            self.fields["number"].label = _("By at least")
        if self.chosen == ABSENCE:
            self.fields["minutes"].help_text = _ABSENT
        if self.chosen != THRESHOLD:
            minutes = self.fields["minutes"]
            minutes.min_value = Decimal("0.02")  # type: ignore[attr-defined]

    def _set_choices(self, site: Site) -> None:
        watched = self.fields["watched"]
        groups: list[tuple[Text, list[tuple[str, str]]]] = []
        if self.chosen != COUNT:
            groups.append((_("Values"), metrics_of(site, str(self["watched"].value() or ""))))
        if self.chosen in (ABSENCE, COUNT):
            groups += events()
        watched.choices = groups  # type: ignore[attr-defined]
        if self.chosen in _DIRECTIONS:
            self.fields["direction"].choices = _DIRECTIONS[self.chosen]  # type: ignore[attr-defined]

    def definition(self) -> dict[str, Any]:
        """Return the condition as `incidents.rules.parsing` reads it."""
        data = self.cleaned_data
        kind, _bar, rest = data["watched"].partition("|")
        field, _bar, equals = rest.partition("|")
        seconds = int(data["minutes"] * _MINUTE)
        condition: dict[str, Any] = {"type": self.chosen, "kind": kind}
        if self.chosen == THRESHOLD:
            condition |= {"field": "value", "above": data["direction"] == "above"}
            condition |= {"limit": data["number"], "lasting_s": seconds}
            if data["clear"] is not None:
                condition["clear"] = data["clear"]
            return condition
        if self.chosen == RATE:
            rises = data["direction"] == "rises"
            values = {"field": "value", "rises": rises, "amount": data["number"]}
            return condition | values | {"within_s": seconds}
        if field:
            condition |= {"field": field, "equals": equals}
        if self.chosen == ABSENCE:
            return condition | {"lasting_s": seconds}
        return condition | {"least": data["least"], "within_s": seconds}


def initial_of(condition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that show a condition."""
    seconds = condition.get("lasting_s", condition.get("within_s", 0))
    minutes = (Decimal(seconds) / _MINUTE).quantize(Decimal("0.01"))
    watched = condition["kind"]
    if condition.get("field") and condition["type"] in (ABSENCE, COUNT):
        watched = f"{watched}|{condition['field']}|{condition['equals']}"
    upwards = condition.get("above", condition.get("rises", True))
    directions = _DIRECTIONS.get(condition["type"], (("", ""), ("", "")))
    return {
        "type": condition["type"],
        "watched": watched,
        "direction": directions[0 if upwards else 1][0],
        "number": condition.get("limit", condition.get("amount")),
        "clear": condition.get("clear"),
        "least": condition.get("least"),
        "minutes": f"{minutes.normalize():f}",
    }


def metrics_of(site: Site, also: str = "") -> list[tuple[str, str]]:
    """Return the metrics that a rule of the site may watch.

    Those that its devices have reported, those of its rules and of the templates, so that a rule
    can be written before a device reports, and one that is chosen already.
    """
    reported = Metric.objects.filter(pk__in=_reported(site)).values_list("name", flat=True)
    kinds = {f"{TELEMETRY}{name}" for name in reported} | watched_kinds(site) | WATCHED
    kinds = {kind for kind in kinds if kind.startswith(TELEMETRY)}
    if also.startswith(TELEMETRY):
        kinds.add(also)
    labels = {kind: metric_label(kind.removeprefix(TELEMETRY)) for kind in kinds}
    return sorted(((kind, capfirst(labels[kind])) for kind in kinds), key=lambda pair: pair[1])


def _reported(site: Site) -> Any:
    return Latest.objects.filter(device__site=site).order_by().values("metric").distinct()


def events() -> list[tuple[Text, list[tuple[str, str]]]]:
    """Return the events that may be watched, by kind."""
    return [
        (
            capfirst(str(each.label)),
            [
                (f"{each.kind}|{each.field}|{value}", capfirst(str(label)))
                for value, label in each.choices.items()
            ],
        )
        for each in observables.registered()
    ]
