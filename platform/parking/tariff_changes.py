"""What a new version of a tariff changes, in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.text_lists import joined
from parking.labels import RateDescription, describe_tariff


@dataclass(frozen=True)
class TariffChange:
    """One part of a tariff before and after; an empty side means that it is added or removed."""

    what: str
    before: list[str]
    after: list[str]


def describe_changes(old: dict[str, Any], new: dict[str, Any]) -> list[TariffChange]:
    """Describe in the active language what differs between two valid documents."""
    before, after = describe_tariff(old), describe_tariff(new)
    rates = _changes(_rates(old, before.elements), _rates(new, after.elements))
    gone = [line for line in before.rules if line not in after.rules]
    added = [line for line in after.rules if line not in before.rules]
    rules = [TariffChange(_("Rules"), gone, added)] if gone or added else []
    return [*rates, *_moved(old, new), *rules, *_days(before.overrides, after.overrides)]


def _rates(
    document: dict[str, Any], described: list[RateDescription]
) -> dict[str, tuple[str, list[str]]]:
    """Return name and lines of each rate by the element's id."""
    ids = [element["id"] for element in document["elements"]]
    return {
        name: (rate.name, [*rate.when, *rate.steps])
        for name, rate in zip(ids, described, strict=True)
    }


def _changes(
    before: dict[str, tuple[str, list[str]]], after: dict[str, tuple[str, list[str]]]
) -> list[TariffChange]:
    changes = []
    for name in {**before, **after}:
        title, old = before.get(name, ("", []))
        title, new = after.get(name, (title, []))
        if old != new:
            gone = [line for line in old if line not in new]
            added = [line for line in new if line not in old]
            changes.append(TariffChange(title, gone, added))
    return changes


def _moved(old: dict[str, Any], new: dict[str, Any]) -> list[TariffChange]:
    """Return the order of the rates that both have, where it changes: the first match applies."""
    ids = [[element["id"] for element in document["elements"]] for document in (old, new)]
    orders = [[name for name in own if name in ids[0] and name in ids[1]] for own in ids]
    if orders[0] == orders[1]:
        return []
    return [TariffChange(_("Order of the rates"), [joined(orders[0])], [joined(orders[1])])]


def _days(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> list[TariffChange]:
    old, new = dict(before), dict(after)
    return [
        TariffChange(day, [old[day]] if day in old else [], [new[day]] if day in new else [])
        for day in sorted({**old, **new})
        if old.get(day) != new.get(day)
    ]
