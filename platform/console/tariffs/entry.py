"""The tariff's fields as one entry: its forms, their rows, and errors at the field they concern."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from console.tariffs.entry_forms import (
    CapForm,
    DayForm,
    ElementForm,
    FieldsForm,
    RulesForm,
    StepForm,
)
from core.models import Site
from parking.vehicle_classes import classes_of
from pricing.form_fields import Fields, document_of, fields_of
from ui.query_params import whole_number

# The most rows of each kind that a request may hold.
_MOST = {"elements": 40, "steps": 40, "caps": 20, "days": 400}
_ROW = re.compile(r"(elements|caps|days|elements-[0-9]{1,3}-steps)")
_PATHS = [
    (re.compile(r"elements\[(\d+)\]\.steps\[(\d+)\]\.(\w+)"), "elements-{0}-steps-{1}", 2),
    (re.compile(r"elements\[(\d+)\](?:\.when)?\.(\w+)"), "elements-{0}", 1),
    (re.compile(r"caps\[(\d+)\]\.(\w+)"), "caps-{0}", 1),
]
_RENAMED = {
    "flat": "price",
    "time": "time_from",
    "title": "title_en",
    "id": "code",
    **{f"free.{name}": f"free_{name}" for name in ("minutes", "kind", "inclusive", "repeat")},
}
# The rules that most tariffs leave as they are.
_SELDOM = ("free_repeat", "ladder_scope", "unit_at_boundary", "uncovered", "free_after_pass")
_BLANK: Mapping[str, Any] = {
    "schema": "tariff/1",
    "id": "tariff",
    "version": 1,
    "currency": "EUR",
    "timezone": "UTC",
    "elements": [{"id": "all", "steps": [{"flat": 0}]}],
}


@dataclass(frozen=True)
class Rate:
    """One element of the entry: its form and the rows of its steps."""

    form: ElementForm
    steps: list[StepForm]
    title: str

    @property
    def steps_prefix(self) -> str:
        """The prefix of the rows of steps."""
        return f"{self.form.prefix}-steps"


class TariffEntry:
    """The forms of a tariff, bound to a POST or filled with the fields of a document."""

    def __init__(self, site: Site, posted: QueryDict | None, fields: Fields) -> None:
        self._site, self._posted, self._fields = site, posted, fields
        vehicles = [(row.code, str(row)) for row in classes_of(site.pk)]
        self.rules = RulesForm(site.currency, posted, initial=fields)
        self.rates = [
            self._rate(form)
            for form in self._rows(
                "elements", fields, lambda **kw: ElementForm(vehicles=vehicles, **kw)
            )
        ]
        names = [(str(rate.form["id"].value() or ""), rate.title) for rate in self.rates]
        self.caps: list[CapForm] = self._rows(
            "caps", fields, lambda **kw: CapForm(elements=names, **kw)
        )
        self.days: list[DayForm] = self._rows("days", fields, DayForm)

    def _rate(self, form: ElementForm) -> Rate:
        name = "title_zh" if _is_chinese() else "title_en"
        title = form[name].value() or form["id"].value() or ""
        return Rate(form, self._rows(f"{form.prefix}-steps", form.initial, StepForm), str(title))

    def _rows(self, prefix: str, fields: Mapping[str, Any], make: Callable[..., Any]) -> list[Any]:
        kind = prefix.rpartition("-")[2]
        shared = {"currency": self._site.currency, "data": self._posted}
        if self._posted is not None:
            rows: Sequence[Any] = [None] * count_rows(self._posted, prefix)
        else:
            rows = fields.get(kind, [])
        return [
            make(prefix=f"{prefix}-{number}", initial=row, **shared)
            for number, row in enumerate(rows)
        ]

    def forms(self) -> Iterator[FieldsForm]:
        """Yield all forms of the entry."""
        yield self.rules
        for rate in self.rates:
            yield rate.form
            yield from rate.steps
        yield from self.caps
        yield from self.days

    def counts(self) -> dict[str, int]:
        """Return how many rows there are, by the prefix of their kind."""
        steps = {f"elements-{n}-steps": len(rate.steps) for n, rate in enumerate(self.rates)}
        parts = (("elements", self.rates), ("caps", self.caps), ("days", self.days))
        return {**steps, **{name: len(rows) for name, rows in parts}}

    def is_valid(self) -> bool:
        """Validate all forms; a tariff has rates, and each rate has steps."""
        complete = self.rates and all(rate.steps for rate in self.rates)
        if not complete and not self.rules.non_field_errors():
            self.rules.add_error(None, _("Each tariff needs a rate, and each rate a step."))
        return not [form for form in self.forms() if not form.is_valid()]

    def document(self) -> dict[str, Any]:
        """Return the entered document, not yet validated by the engine."""
        elements = [
            {**rate.form.cleaned_data, "steps": [step.cleaned_data for step in rate.steps]}
            for rate in self.rates
        ]
        return document_of(
            {
                **self.rules.cleaned_data,
                "currency": self._site.currency,
                "elements": elements,
                "caps": [form.cleaned_data for form in self.caps],
                "days": [form.cleaned_data for form in self.days],
            }
        )

    def focus_on(self, prefix: str) -> None:
        """Have the first field of a row get the focus when the page is shown."""
        for form in self.forms():
            if form.prefix == prefix:
                form.visible_fields()[0].field.widget.attrs["autofocus"] = True

    @property
    def has_usual_rules(self) -> bool:
        """Whether the rules that few tariffs need are as in a new tariff."""
        usual = fields_of(_BLANK)
        return all(
            str(self.rules[name].value() or "") == str(usual[name] or "") for name in _SELDOM
        )

    def add_fault(self, path: str, text: str) -> None:
        """Show a fault of the document at the field of its path, else above the form."""
        prefix, name = _field_of(path)
        form = next((form for form in self.forms() if (form.prefix or "") == prefix), self.rules)
        if name in form.fields and not form.fields[name].widget.is_hidden:
            form.add_error(name, f"{capfirst(text)}.")
        else:
            self.rules.add_error(None, f"{path}: {text}.")


def count_rows(posted: QueryDict, prefix: str) -> int:
    """Return how many rows of a kind a POST has."""
    most = _MOST.get(prefix.rpartition("-")[2], 0)
    return min(whole_number(posted.get(f"{prefix}-rows", "")) or 0, most)


def add_row(posted: QueryDict, prefix: str) -> QueryDict:
    """Return the POST with an empty row of a kind at the end."""
    data = posted.copy()
    if not _ROW.fullmatch(prefix):
        return data
    count = count_rows(posted, prefix)
    if count < _MOST[prefix.rpartition("-")[2]]:
        data[f"{prefix}-rows"] = str(count + 1)
    if prefix == "elements":
        taken = {posted.get(f"elements-{number}-id", "") for number in range(count)}
        names = (f"rate-{number}" for number in range(1, _MOST["elements"] + 2))
        data[f"elements-{count}-id"] = next(name for name in names if name not in taken)
        data[f"elements-{count}-steps-rows"] = "1"
    return data


def remove_row(posted: QueryDict, prefix: str, number: int | None) -> QueryDict:
    """Return the POST without one row; the later ones move up."""
    count = count_rows(posted, prefix)
    if number is None or not _ROW.fullmatch(prefix) or number >= count:
        return posted.copy()
    places = {old: old - (old > number) for old in range(count) if old != number}
    data = _renumbered(posted, prefix, places)
    data[f"{prefix}-rows"] = str(count - 1)
    return data


def move_row_up(posted: QueryDict, prefix: str, number: int | None) -> QueryDict:
    """Return the POST with one row before the row above it."""
    count = count_rows(posted, prefix)
    if number is None or not _ROW.fullmatch(prefix) or not 0 < number < count:
        return posted.copy()
    places = {place: place for place in range(count)} | {number: number - 1, number - 1: number}
    return _renumbered(posted, prefix, places)


def _renumbered(posted: QueryDict, prefix: str, places: Mapping[int, int]) -> QueryDict:
    """Return the POST with rows at other places; rows without a place are left out."""
    pattern = re.compile(rf"{prefix}-([0-9]{{1,3}})-(.*)", re.DOTALL)
    data = posted.copy()
    found = {name: match for name in posted if (match := pattern.fullmatch(name))}
    for name in found:
        del data[name]
    for name, match in found.items():
        if int(match[1]) in places:
            data.setlist(f"{prefix}-{places[int(match[1])]}-{match[2]}", posted.getlist(name))
    return data


def _field_of(path: str) -> tuple[str, str]:
    """Return the prefix and the name of the field that shows the faults of a path."""
    for pattern, prefix, name in _PATHS:
        match = pattern.match(path)
        if match:
            field = match[name + 1]
            return prefix.format(*match.groups()), _RENAMED.get(field, field)
    return "", _RENAMED.get(path, path)


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")
