"""The page that edits an alarm rule: its form, and one form for each condition."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from console.alarm_rules.condition_form import FIELD_OF, TYPES, ConditionForm, initial_of
from console.alarm_rules.forms import ALL, RuleForm
from core.errors import Rejection
from core.models import Site
from core.revisions import revision_of
from incidents.alarms.editing import Values, shown_values
from incidents.models import AlarmRule
from incidents.own_kinds import ALARM_RULE
from ui.query_params import whole_number

MOST = 4
_PATH = re.compile(r"condition(?:\.parts\[(\d+)\])?\.(\w+)")


class Editor:
    """The forms of the page."""

    def __init__(self, rule: RuleForm, conditions: list[ConditionForm]) -> None:
        self.rule, self.conditions = rule, conditions
        rule.fields["join"].required = len(conditions) > 1

    @property
    def can_add(self) -> bool:
        """Whether the rule may have one more condition."""
        return len(self.conditions) < MOST

    def is_valid(self) -> bool:
        """Validate all forms."""
        return all([self.rule.is_valid(), *(each.is_valid() for each in self.conditions)])

    def values(self) -> Values:
        """Return what was entered."""
        data, parts = self.rule.cleaned_data, [each.definition() for each in self.conditions]
        joined = {"type": data["join"] or ALL, "parts": parts}
        definition: dict[str, Any] = {"condition": parts[0] if len(parts) == 1 else joined}
        profile = self.rule.profile()
        if profile is not None:
            definition["profile"] = profile
        return Values(
            name=data["name"],
            kind=data["kind"] or ALARM_RULE,
            severity=data["severity"],
            definition=definition,
            device_kind=data["device_kind"],
            lot=data["lot"],
            building=data["building"],
            unit=data["unit"],
            devices=data["devices"],
            auto_clear=data["auto_clear"],
        )

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection at the field that it names by its path."""
        match = _PATH.fullmatch(rejection.field)
        name = FIELD_OF.get(match[2]) if match else None
        if match is None or name is None:
            self.rule.add_rejection(rejection)
            return
        form = self.conditions[int(match[1] or 0)]
        form.add_error(name if name in form.fields else None, rejection.message)


def posted_editor(site: Site, data: QueryDict) -> Editor:
    """Return the forms bound to what was posted."""
    rows = [ConditionForm(site, data, prefix=f"c{n}") for n in range(_count(data))]
    return Editor(RuleForm(site, data), rows)


def changed_editor(site: Site, data: QueryDict, act: str) -> Editor:
    """Return the forms with what was posted, not validated, after a change of the rows.

    Args:
        act: ``fields`` for another type of a condition, ``add``, or ``remove`` and a number.
    """
    rows = [_row(data, n) for n in range(_count(data))]
    if act == "add" and len(rows) < MOST:
        rows.append({"type": TYPES[0][0], "minutes": "0"})
    name, _space, number = act.partition(" ")
    place = whole_number(number)
    if name == "remove" and place is not None and place < len(rows) > 1:
        del rows[place]
    return Editor(RuleForm(site, initial=_rule_fields(data)), _unbound(site, rows))


def open_editor(site: Site, fields: Mapping[str, Any], definition: Mapping[str, Any]) -> Editor:
    """Return the forms that show a definition."""
    condition, profile = definition["condition"], definition.get("profile")
    parts = condition.get("parts", [condition])
    initial: dict[str, Any] = {**fields, "join": condition["type"] if "parts" in condition else ALL}
    if profile:
        initial |= {"days": [str(day) for day in profile["days"]]}
        if profile["begins"] != profile["ends"]:
            initial |= {"begins": profile["begins"], "ends": profile["ends"]}
    return Editor(
        RuleForm(site, initial=initial), _unbound(site, [initial_of(part) for part in parts])
    )


def editor_of(rule: AlarmRule) -> Editor:
    """Return the forms that show a rule."""
    fields = {
        "name": rule.name,
        "kind": rule.kind,
        "severity": rule.severity,
        "auto_clear": rule.auto_clear,
        "device_kind": rule.device_kind,
        "lot": rule.lot_id,
        "building": rule.building_id,
        "unit": str(rule.unit) if rule.unit else "",
        "devices": " ".join(sorted(device.code for device in rule.devices.all())),
        "revision": revision_of(shown_values(rule)),
    }
    return open_editor(rule.site, fields, rule.definition)


def _unbound(site: Site, rows: list[dict[str, Any]]) -> list[ConditionForm]:
    return [ConditionForm(site, prefix=f"c{n}", initial=row) for n, row in enumerate(rows)]


def _count(data: QueryDict) -> int:
    return min(max(whole_number(data.get("conditions", "")) or 1, 1), MOST)


def _row(data: QueryDict, number: int) -> dict[str, Any]:
    prefix = f"c{number}-"
    return {
        name.removeprefix(prefix): value for name, value in data.items() if name.startswith(prefix)
    }


def _rule_fields(data: QueryDict) -> dict[str, Any]:
    posted: MultiValueDict[str, Any] = data
    fields: dict[str, Any] = {name: posted.get(name) for name in RuleForm.base_fields}
    return fields | {"days": posted.getlist("days"), "auto_clear": "auto_clear" in posted}
