"""Pointers: JSON pointers (RFC 6901), which may also select a list's entry by a member's value.

``/values/[name=temp]/value`` is ``value`` in the entry of ``values`` whose ``name`` is ``temp``,
at whatever position it stands.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from jsonpointer import JsonPointer, JsonPointerException

from devices.rejections import rejected

_SELECTOR = re.compile(r"\[([^=\[\]]+)=(.+)\]", re.DOTALL)
_INDEX = re.compile(r"0|[1-9]\d{0,8}", re.ASCII)


@dataclass(frozen=True)
class _Step:
    """One part of a pointer.

    Attributes:
        name: the member of an object, or the position in a list.
        member: with `value`, what the entry of a list must have; empty without a selector.
    """

    name: str
    member: str = ""
    value: str = ""


@dataclass(frozen=True)
class Pointer:
    """A place in a message."""

    text: str
    steps: tuple[_Step, ...] = field(compare=False, repr=False)

    @classmethod
    def parsed(cls, text: str) -> "Pointer":
        """Parse a pointer.

        Raises:
            ValueError: it is not one.
        """
        try:
            parts = JsonPointer(text).parts
        except JsonPointerException as error:
            raise ValueError(str(error)) from error
        return cls(text, tuple(map(_step, parts)))

    @property
    def name(self) -> str:
        """The field's name in a rejection; the empty pointer is the whole message."""
        return self.text or "payload"

    def find(self, message: Any) -> Any:
        """Return the value there; None where it is absent or null.

        Raises:
            Rejection: several entries of a list are selected.
        """
        value = message
        for step in self.steps:
            value = self._follow(step, value)
        return value if isinstance(value, str | int | float | list | dict) else None

    def _follow(self, step: _Step, value: Any) -> Any:
        if isinstance(value, dict):
            return value.get(step.name)
        if not isinstance(value, list):
            return None
        if step.member:
            return self._selected(step, value)
        is_inside = _INDEX.fullmatch(step.name) and int(step.name) < len(value)
        return value[int(step.name)] if is_inside else None

    def _selected(self, step: _Step, entries: list[Any]) -> Any:
        found = [entry for entry in entries if _matches(step, entry)]
        if len(found) > 1:
            raise rejected(self.name, "selector_ambiguous", count=len(found), entry=step.name)
        return found[0] if found else None


def canonical_text(value: object) -> str:
    """Return a value in the form that mappings use, such as ``true``, ``1`` or ``occupied``.

    1, 1.0 and "1" have the same form, and so do true and "true".
    """
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def _step(part: str) -> _Step:
    selector = _SELECTOR.fullmatch(part)
    if selector is None:
        return _Step(part)
    return _Step(part, selector[1].strip(), canonical_text(selector[2]))


def _matches(step: _Step, entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    value = entry.get(step.member)
    return isinstance(value, str | int | float) and canonical_text(value) == step.value
