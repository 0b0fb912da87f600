"""Texts about alarm rules: their errors, and what they watch."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import Rejection
from devices.metric_labels import metric_label
from devices.metric_units import unit_by_name
from incidents.alarms import observables
from incidents.alarms.observables import TELEMETRY, Text
from incidents.rules.errors import RuleError
from incidents.rules.model import Absence, All, Condition, Count, Rate, Threshold
from incidents.rules.model import Any as AnyOf

_ERRORS: Mapping[str, Text] = {
    "clear_beyond_limit": gettext_lazy("it is on the wrong side of the limit (%(limit)s)"),
    "condition_type_unknown": gettext_lazy("%(value)s is no type of condition"),
    "count_out_of_range": gettext_lazy("it is no whole number from 1 to %(most)s"),
    "kind_unknown": gettext_lazy("%(value)s can't be watched"),
    "missing": gettext_lazy("it is missing"),
    "not_a_number": gettext_lazy("it is no number"),
    "not_positive": gettext_lazy("it is not above 0"),
    "part_count": gettext_lazy("a combination has 1 to %(most)s conditions"),
    "sources_differ": gettext_lazy("devices and lanes can't be watched by one rule"),
    "time_out_of_range": gettext_lazy("the time is not between %(least)s and %(most)s seconds"),
}
_HINT = gettext_lazy("correct this condition")


def rule_error(error: RuleError) -> Rejection:
    """Return the error as a rejection of the field at its path."""
    text = str(_ERRORS.get(error.code, gettext_lazy("it is invalid")))
    return Rejection(error.at, error.code, text % error.params, str(_HINT), params=error.params)


def kind_label(kind: str) -> str:
    """Return what a kind of signals is called, a metric without its unit."""
    if kind.startswith(TELEMETRY):
        return metric_label(kind.removeprefix(TELEMETRY), with_unit=False)
    found = observables.find(kind)
    return str(found.label) if found else kind


def watched_label(kind: str, equals: object = "") -> str:
    """Return what a condition watches: a kind of signals, or those with a value."""
    found = observables.find(kind)
    if found is not None and equals in found.choices:
        return str(found.choices[str(equals)])
    return kind_label(kind)


def describe(condition: Condition) -> str:
    """Describe a condition in a sentence."""
    if isinstance(condition, All | AnyOf):
        return _joined(condition)
    if isinstance(condition, Threshold):
        return _threshold(condition)
    if isinstance(condition, Rate):
        return _rate(condition)
    return _absence(condition) if isinstance(condition, Absence) else _count(condition)


def _joined(condition: All | AnyOf) -> str:
    first, *others = [describe(part) for part in condition.parts]
    text = (
        _("%(first)s and %(second)s")
        if isinstance(condition, All)
        else _("%(first)s or %(second)s")
    )
    for other in others:
        first = text % {"first": first, "second": other}
    return first


def _threshold(leaf: Threshold) -> str:
    facts = _facts(leaf.kind, leaf.limit, leaf.lasting.total_seconds())
    facts["clear"] = f"{leaf.clear:g} {_unit(leaf.kind)}".strip()
    if leaf.lasting:
        text = (
            _("%(what)s above %(number)s for %(time)s")
            if leaf.above
            else _("%(what)s below %(number)s for %(time)s")
        )
    else:
        text = _("%(what)s above %(number)s") if leaf.above else _("%(what)s below %(number)s")
    if leaf.clear != leaf.limit:
        text += _(", until %(clear)s")
    return text % facts


def _rate(leaf: Rate) -> str:
    text = (
        _("%(what)s rises by %(number)s within %(time)s")
        if leaf.rises
        else _("%(what)s falls by %(number)s within %(time)s")
    )
    return text % _facts(leaf.kind, leaf.amount, leaf.within.total_seconds())


def _absence(leaf: Absence) -> str:
    time = duration(leaf.lasting.total_seconds())
    return _("no “%(what)s” for %(time)s") % {
        "what": watched_label(leaf.kind, leaf.equals),
        "time": time,
    }


def _count(leaf: Count) -> str:
    what, time = watched_label(leaf.kind, leaf.equals), duration(leaf.within.total_seconds())
    if leaf.least == 1:
        return what
    text = _("“%(what)s” %(count)s times within %(time)s")
    return text % {"what": what, "count": leaf.least, "time": time}


def _facts(kind: str, number: float, seconds: float) -> dict[str, str]:
    written = f"{number:g} {_unit(kind)}".strip()
    return {"what": kind_label(kind), "number": written, "time": duration(seconds)}


def _unit(kind: str) -> str:
    return unit_by_name(kind.removeprefix(TELEMETRY)) if kind.startswith(TELEMETRY) else ""


def duration(seconds: float) -> str:
    """Write a time in the largest unit in which it is a whole number."""
    whole = int(seconds)
    if whole and whole % 86_400 == 0:
        days = whole // 86_400
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    if whole and whole % 3600 == 0:
        hours = whole // 3600
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    if whole % 60 == 0:
        minutes = whole // 60
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    return ngettext("%(n)s second", "%(n)s seconds", whole) % {"n": whole}
