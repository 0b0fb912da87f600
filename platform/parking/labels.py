"""Tariffs and price lines as texts for people who do not read tariff/1 documents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core.money import Money
from core.text_lists import joined
from pricing.document import Cap, Document, Element, Free, Step, When, read_document

_DAY_CLASSES = {
    "workday": lambda: _("workdays"),
    "weekend": lambda: _("weekends"),
    "holiday": lambda: _("holidays"),
}
_WINDOWS = {
    "segment": lambda: _("each rate period"),
    "day": lambda: _("one day"),
    "24h": lambda: _("24 hours"),
    "stay": lambda: _("the whole stay"),
}
_BOUNDARIES = {
    "cut": lambda: _("When a rate ends, its started unit ends too and is charged."),
    "carry": lambda: _("A unit running when a rate ends is charged at the old price."),
    "entry": lambda: _("The rate in force at entry applies until the count restarts."),
    "total": lambda: _("Minutes are priced exactly; the total is rounded up to a full unit."),
}
_RESETS = {
    "24h": lambda: _("Units are counted from zero every 24 hours after entry."),
    "day": lambda: _("Units are counted from zero at midnight."),
}


@dataclass(frozen=True)
class LineDescription:
    """One line of a price as text; times are in the tariff's time zone."""

    what: str
    how: str
    begins: datetime
    ends: datetime
    amount: int
    is_cut: bool


@dataclass(frozen=True)
class RateDescription:
    """One rate: when it applies, and the price of each step."""

    name: str
    when: list[str]
    steps: list[str]


@dataclass(frozen=True)
class TariffDescription:
    """A tariff as text: the rates as a table, its other rules as sentences."""

    elements: list[RateDescription]
    rules: list[str]
    overrides: list[tuple[str, str]]


def describe_lines(
    lines: list[dict[str, Any]], document: dict[str, Any] | None
) -> list[LineDescription]:
    """Describe the lines of a price by the tariff document that it was calculated with."""
    elements = {each["id"]: each for each in (document or {}).get("elements", [])}
    currency = (document or {}).get("currency", "XXX")
    return [_describe_line(line, elements, currency) for line in lines]


def describe_tariff(raw: dict[str, Any]) -> TariffDescription:
    """Describe a valid tariff/1 document in the active language."""
    document = read_document(raw)
    rules = [
        *_describe_free(document.free),
        *(_describe_cap(cap, document) for cap in document.caps),
        *_describe_rest(document),
    ]
    overrides = sorted(document.calendar.overrides.items())
    return TariffDescription(
        elements=[
            _describe_element(each, document.currency, is_first=number == 0)
            for number, each in enumerate(document.elements)
        ],
        rules=rules,
        overrides=[(day, _DAY_CLASSES[name]()) for day, name in overrides],
    )


def tidy(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a valid document with its keys in the order of the specification."""
    return read_document(raw).model_dump(by_alias=True, exclude_unset=True)


def _describe_line(
    line: dict[str, Any], elements: dict[str, Any], currency: str
) -> LineDescription:
    what, how = (
        _describe_cut(line["cap"]) if line["cap"] else _describe_charge(line, elements, currency)
    )
    return LineDescription(
        what=what,
        how=how,
        begins=datetime.fromisoformat(line["from"]),
        ends=datetime.fromisoformat(line["to"]),
        amount=line["amount"],
        is_cut=line["amount"] < 0,
    )


def _describe_charge(
    line: dict[str, Any], elements: dict[str, Any], currency: str
) -> tuple[str, str]:
    steps = elements.get(line["element"], {}).get("steps", [])
    number = line["step"]
    if not line["element"]:
        return _("charge"), ""
    name = _title(line["element"], elements.get(line["element"], {}).get("title"))
    if number is None or number >= len(steps):
        return name, ""
    step = Step.model_validate(steps[number])
    if step.flat is not None:
        return name, _("flat")
    units = _("%(units)s × %(minutes)s min") % {"units": line["units"], "minutes": step.unit}
    return name, _("%(units)s, %(rate)s") % {"units": units, "rate": _rate(step, currency)}


def _title(element: str, titles: dict[str, str] | None) -> str:
    """Return what an element is called in the active language, else its id."""
    return (titles or {}).get(get_language() or "", element)


def _describe_cut(cap: str) -> tuple[str, str]:
    if cap == "min_charge":
        return _("Minimum charge"), ""
    window, _bracket, number = cap.partition("[")
    name = _WINDOWS[window]() if window in _WINDOWS else window
    count = int(number.rstrip("]") or 0) + 1 if number else 1
    return _("Cap"), _("maximum for %(window)s (no. %(count)s)") % {"window": name, "count": count}


def _describe_element(element: Element, currency: str, *, is_first: bool) -> RateDescription:
    reached = 0
    steps = []
    for step in element.steps:
        steps.append(_describe_step(step, reached, currency))
        reached = step.upto or reached
    name = _title(element.id, element.title)
    always = _("at all times") if is_first else _("at all other times")
    when = _describe_when(element.when or When()) or [always]
    return RateDescription(name=name, when=when, steps=steps)


def _describe_when(when: When) -> list[str]:
    texts = []
    if when.time:
        texts.append(_("%(from)s to %(to)s") % {"from": when.time[0], "to": when.time[1]})
    if when.day_class:
        texts.append(joined(_DAY_CLASSES[name]() for name in when.day_class))
    if when.vehicle:
        texts.append(_("vehicles: %(names)s") % {"names": joined(when.vehicle)})
    return texts


def _describe_step(step: Step, reached: int, currency: str) -> str:
    rate = _rate(step, currency)
    if step.upto and not reached:
        return _("first %(minutes)s min: %(rate)s") % {"minutes": step.upto, "rate": rate}
    if step.upto:
        bounds = {"low": reached, "high": step.upto, "rate": rate}
        return _("minute %(low)s to %(high)s: %(rate)s") % bounds
    return _("after that: %(rate)s") % {"rate": rate} if reached else rate


def _rate(step: Step, currency: str) -> str:
    if step.flat is not None:
        return _("%(price)s once") % {"price": Money(step.flat, currency).written()}
    price = Money(step.price or 0, currency).written()
    per = step.per or step.unit
    if per != step.unit:
        words = {"price": price, "per": per, "unit": step.unit}
        return _("%(price)s per %(per)s min, billed in %(unit)s min") % words
    words = {"price": price, "unit": step.unit}
    if step.round == "down":
        return _("%(price)s per full %(unit)s min") % words
    return _("%(price)s per started %(unit)s min") % words


def _describe_free(free: Free | None) -> list[str]:
    if free is None or not free.minutes:
        return [_("No free minutes.")]
    words = {"minutes": free.minutes}
    if free.kind == "deduct":
        return [_("The first %(minutes)s minutes are free.") % words]
    text = _("Up to %(minutes)s minutes are free; longer stays are charged in full.") % words
    again = _("This applies again each time the count restarts.")
    return [text, again] if free.repeat == "cycle" else [text]


def _describe_cap(cap: Cap, document: Document) -> str:
    amounts = [Money(amount, document.currency).written() for amount in cap.amounts]
    titles = {each.id: _title(each.id, each.title) for each in document.elements}
    words = {
        "window": _WINDOWS[cap.window](),
        "more": _(", then ").join(amounts),
        "element": titles.get(cap.element or "", cap.element),
    }
    if cap.element:
        return _("At most %(more)s for %(window)s of “%(element)s”.") % words
    return _("At most %(more)s for %(window)s.") % words


def _describe_rest(document: Document) -> list[str]:
    texts = []
    if document.min_charge:
        least = Money(document.min_charge, document.currency).written()
        texts.append(_("Minimum charge: %(amount)s.") % {"amount": least})
    grace = document.exit_grace_minutes
    if grace:
        texts.append(
            ngettext(
                "After paying, you have %(n)s minute to leave.",
                "After paying, you have %(n)s minutes to leave.",
                grace,
            )
            % {"n": grace}
        )
    if document.ladder_reset in _RESETS:
        texts.append(_RESETS[document.ladder_reset]())
    if len(document.elements) > 1:
        texts.append(_BOUNDARIES[document.unit_at_boundary]())
    texts.append(_("Times are in time zone %(zone)s.") % {"zone": document.timezone})
    return texts
