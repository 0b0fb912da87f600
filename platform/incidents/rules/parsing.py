"""Read the definition of a rule from JSON; an error names the field."""

import math
from collections.abc import Callable, Mapping
from datetime import time, timedelta
from typing import Any as AnyValue

from incidents.rules.errors import RuleError
from incidents.rules.model import Absence, All, Any, Condition, Count, Rate, Rule, Threshold, Value
from incidents.rules.profile import TimeProfile

MAX_PARTS, MAX_DEPTH = 8, 3
MAX_NUMBER, MAX_COUNT, MAX_TEXT = 1e100, 1000, 100
MAX_TIME = timedelta(days=31)


def parse(definition: object, zone: str) -> Rule:
    """Read a rule.

    Args:
        definition: plain JSON: ``condition`` and optionally ``profile``.
        zone: time zone of the profile.

    Raises:
        RuleError: naming the first field that breaks a rule.
    """
    fields = _Fields(definition, "")
    condition = _condition(fields.get("condition"), "condition", 1)
    profile = fields.get("profile", None)
    fields.reject_others()
    return Rule(condition, None if profile is None else _profile(profile, zone))


def _condition(value: object, at: str, depth: int) -> Condition:
    fields = _Fields(value, at)
    read = _READERS.get(str(fields.get("type")))
    if read is not None:
        condition = read(fields)
    elif fields.get("type") in ("all", "any"):
        condition = _combination(fields, depth)
    else:
        raise RuleError(f"{at}.type", "condition_type_unknown", value=str(fields.get("type")))
    fields.reject_others()
    return condition


def _combination(fields: "_Fields", depth: int) -> Condition:
    parts, at = fields.get("parts"), f"{fields.at}.parts"
    if depth > MAX_DEPTH:
        raise RuleError(at, "too_deep", most=MAX_DEPTH)
    if not isinstance(parts, list) or not 1 <= len(parts) <= MAX_PARTS:
        raise RuleError(at, "part_count", most=MAX_PARTS)
    read = tuple(_condition(part, f"{at}[{n}]", depth + 1) for n, part in enumerate(parts))
    return All(read) if fields.get("type") == "all" else Any(read)


def _threshold(fields: "_Fields") -> Threshold:
    above, limit = fields.flag("above"), fields.number("limit")
    clear = fields.number("clear", limit)
    if (clear > limit) if above else (clear < limit):
        raise RuleError(f"{fields.at}.clear", "clear_beyond_limit", limit=limit)
    lasting = fields.seconds("lasting_s", least=0)
    return Threshold(fields.text("kind"), fields.text("field"), above, limit, clear, lasting)


def _rate(fields: "_Fields") -> Rate:
    amount = fields.number("amount")
    if amount <= 0:
        raise RuleError(f"{fields.at}.amount", "not_positive")
    within = fields.seconds("within_s")
    return Rate(fields.text("kind"), fields.text("field"), fields.flag("rises"), amount, within)


def _absence(fields: "_Fields") -> Absence:
    return Absence(fields.text("kind"), fields.seconds("lasting_s"), *_filter(fields))


def _count(fields: "_Fields") -> Count:
    least = fields.number("least")
    if least != int(least) or not 1 <= least <= MAX_COUNT:
        raise RuleError(f"{fields.at}.least", "count_out_of_range", most=MAX_COUNT)
    within = fields.seconds("within_s")
    return Count(fields.text("kind"), int(least), within, *_filter(fields))


def _filter(fields: "_Fields") -> tuple[str, Value]:
    field, equals = fields.get("field", ""), fields.get("equals", "")
    if not isinstance(field, str) or not isinstance(equals, str | int | float):
        raise RuleError(f"{fields.at}.equals", "not_a_text")
    return field, equals


_READERS: Mapping[str, Callable[["_Fields"], Condition]] = {
    "threshold": _threshold,
    "rate": _rate,
    "absence": _absence,
    "count": _count,
}


def _profile(value: object, zone: str) -> TimeProfile:
    fields = _Fields(value, "profile")
    days = fields.get("days")
    if not isinstance(days, list) or not days or not set(map(repr, days)) <= set("0123456"):
        raise RuleError("profile.days", "not_days")
    begins, ends = fields.time("begins"), fields.time("ends")
    fields.reject_others()
    return TimeProfile(frozenset(days), begins, ends, zone)


_REQUIRED = object()


class _Fields:
    """The fields of an object of the definition, and which of them were read."""

    def __init__(self, value: object, at: str) -> None:
        if not isinstance(value, dict):
            raise RuleError(at or "definition", "not_an_object")
        self.at = at
        self._values: dict[str, AnyValue] = value
        self._read: set[str] = set()

    def path(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.at}.{name}" if self.at else name

    def get(self, name: str, default: object = _REQUIRED) -> AnyValue:
        """Return a field; without a default it is required."""
        self._read.add(name)
        if name not in self._values and default is _REQUIRED:
            raise RuleError(self.path(name), "missing")
        return self._values.get(name, default)

    def reject_others(self) -> None:
        """Reject fields that were not read: a mistyped name must not be ignored."""
        unknown = sorted(map(str, self._values.keys() - self._read))
        if unknown:
            raise RuleError(self.path(unknown[0]), "unknown_field")

    def text(self, name: str) -> str:
        """Return a text that is not empty."""
        value = self.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
            raise RuleError(self.path(name), "not_a_text")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.get(name)
        if not isinstance(value, bool):
            raise RuleError(self.path(name), "not_a_flag")
        return value

    def number(self, name: str, default: object = _REQUIRED) -> float:
        """Return a finite number."""
        value = self.get(name, default)
        if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > MAX_NUMBER:
            raise RuleError(self.path(name), "not_a_number")
        return float(value)

    def seconds(self, name: str, least: int = 1) -> timedelta:
        """Return a time of whole seconds."""
        value = self.get(name)
        most = int(MAX_TIME.total_seconds())
        if type(value) is not int or not least <= value <= most:
            raise RuleError(self.path(name), "time_out_of_range", least=least, most=most)
        return timedelta(seconds=value)

    def time(self, name: str) -> time:
        """Return a time of day, written as 07:30."""
        value = self.get(name)
        try:
            hour, minute = map(int, value.split(":")) if isinstance(value, str) else (-1, -1)
            return time(hour, minute)
        except ValueError as error:
            raise RuleError(self.path(name), "not_a_time") from error
