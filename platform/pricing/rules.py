"""Validation of a tariff document beyond its shape; each fault has a path and a hint."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pricing.document import Document, Element, Step, read_document
from pricing.errors import TariffError
from pricing.iso4217 import CURRENCIES
from pricing.tariff import CLASS_NAMES, UNCOVERED, Tariff, compile_tariff

_CLASSES = range(len(CLASS_NAMES))
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_tariff(raw: Mapping[str, Any]) -> Tariff:
    """Validate a tariff/1 document and make it ready to price.

    Checks its shape, that each ladder ends open with `upto` falling on whole units, that the
    elements cover the week for every day class (unless uncovered minutes are free), and that
    `total` is used with equal units only. Raises `TariffError` with the path of the first fault.
    Whether a longer stay may cost less is the business of `check_publishable`.
    """
    document = read_document(raw)
    _check_currency(document.currency)
    zone = _zone(document.timezone)
    for number, element in enumerate(document.elements):
        _check_element(element, f"elements[{number}]")
    _check_names(document)
    _check_total(document)
    tariff = compile_tariff(document, zone, _overrides(document))
    if document.uncovered == "error":
        check_coverage(tariff, tariff.vehicles or (None,))
    return tariff


def _check_currency(code: str) -> None:
    if code not in CURRENCIES:
        raise TariffError(
            "currency",
            f"{code!r} is no currency of ISO 4217; write one such as EUR",
            "currency_unknown",
            name=code,
        )


@lru_cache
def _zones() -> frozenset[str]:
    """Return the names of time zones, without those that differ from machine to machine."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _zone(name: str) -> ZoneInfo:
    if name not in _zones():
        raise TariffError(
            "timezone",
            f"{name!r} is no known time zone; write one such as Europe/Amsterdam",
            "timezone_unknown",
            name=name,
        )
    return ZoneInfo(name)


def _overrides(document: Document) -> dict[date, str]:
    days: dict[date, str] = {}
    for text, name in document.calendar.overrides.items():
        try:
            # `fromisoformat` also reads 20260217 and 2026-W08-2, two of which may be one date.
            if not _DATE.fullmatch(text):
                raise ValueError(text)
            days[date.fromisoformat(text)] = name
        except ValueError:
            raise TariffError(
                f"calendar.overrides.{text}",
                "is not a date; write it as 2026-02-17",
                "not_a_date",
            ) from None
    return days


def _check_element(element: Element, at: str) -> None:
    reached = 0
    last = len(element.steps) - 1
    for number, step in enumerate(element.steps):
        here = f"{at}.steps[{number}]"
        _check_form(step, here)
        if number < last:
            reached = _check_upto(step, reached, f"{here}.upto")
        elif step.upto is not None:
            raise TariffError(
                f"{here}.upto", "the last step must be open; remove its upto", "last_step_closed"
            )


def _check_form(step: Step, at: str) -> None:
    if step.flat is None:
        for key in ("unit", "price"):
            if getattr(step, key) is None:
                raise TariffError(
                    f"{at}.{key}", "is missing; a step has unit and price, or flat alone"
                )
        return
    for key in ("unit", "price", "per", "round"):
        if getattr(step, key) is not None:
            raise TariffError(f"{at}.{key}", "cannot stand beside flat; remove it, or remove flat")


def _check_upto(step: Step, reached: int, at: str) -> int:
    if step.upto is None:
        raise TariffError(at, "is missing; every step but the last ends somewhere", "upto_missing")
    if step.upto <= reached:
        raise TariffError(
            at,
            f"must be more than {reached}, where the step begins",
            "upto_too_small",
            begin=reached,
        )
    if step.unit and (step.upto - reached) % step.unit:
        nearest = reached + -(-(step.upto - reached) // step.unit) * step.unit
        raise TariffError(
            at,
            f"the step is {step.upto - reached} minutes long, not a multiple of its unit of "
            f"{step.unit}; write {nearest}, or change the unit",
            "step_not_whole_units",
            length=step.upto - reached,
            unit=step.unit,
            nearest=nearest,
        )
    return step.upto


def _check_names(document: Document) -> None:
    seen: set[str] = set()
    for number, element in enumerate(document.elements):
        if element.id in seen:
            raise TariffError(
                f"elements[{number}].id",
                f"{element.id!r} is taken; give each element its own id",
                "id_taken",
                name=element.id,
            )
        seen.add(element.id)
    for number, cap in enumerate(document.caps):
        at = f"caps[{number}].element"
        if cap.element is not None and cap.window != "segment":
            raise TariffError(
                at,
                "only a cap on window segment may name one element; remove it",
                "cap_element_unused",
            )
        if cap.element is not None and cap.element not in seen:
            raise TariffError(
                at,
                f"no element has the id {cap.element!r}; name one that exists",
                "cap_element_unknown",
                name=cap.element,
            )


def _check_total(document: Document) -> None:
    if document.unit_at_boundary != "total":
        return
    first = None
    for number, element in enumerate(document.elements):
        for index, step in enumerate(element.steps):
            first = first or step.unit
            if step.unit and step.unit != first:
                raise TariffError(
                    f"elements[{number}].steps[{index}].unit",
                    f"unit_at_boundary total needs one unit everywhere; write {first} as in the "
                    "first step, or choose cut",
                    "units_unequal",
                    unit=first,
                )


def check_coverage(tariff: Tariff, vehicles: Iterable[str | None]) -> None:
    """Refuse a tariff that leaves some minute of the week of some vehicle type without element.

    Every day class must be covered (rule "Validation at save"), after every other where an
    element's day class is taken from the day its window opened. Raises `TariffError`.
    """
    if any(window.always for window in tariff.windows):
        return
    for vehicle, own, before in product(vehicles, _CLASSES, _CLASSES):
        if tariff.anchored or before == own:
            _check_day(tariff, vehicle, own, before)


def _check_day(tariff: Tariff, vehicle: str | None, own: int, before: int) -> None:
    start = 0
    for end, element in tariff.plan_of(vehicle, own, before):
        if element == UNCOVERED:
            who = f" for vehicle {vehicle!r}" if vehicle else ""
            raise TariffError(
                "elements",
                f"no element covers {_clock(start)} to {_clock(end)} of a {CLASS_NAMES[own]}{who}; "
                'add one, or set uncovered to "free"',
                "not_covered",
                start=_clock(start),
                end=_clock(end),
                day=CLASS_NAMES[own],
                vehicle=vehicle or "",
            )
        start = end


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
