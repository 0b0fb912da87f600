"""Reading what was entered as a mapping: every rejection names the field and the hint."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from jsonpointer import JsonPointer, JsonPointerException

from core.errors import Rejection
from devices.rejections import rejected

MOST_WORDS = 20
LONGEST_POINTER = 240
LONGEST_WORD = 60
LONGEST_NUMBER = 80
# As JSON writes numbers, with a sign or zeros in front besides; no NaN, no 1_000, no comma.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

T = TypeVar("T")


@dataclass(frozen=True)
class Pointer:
    """Where a message holds a value, after RFC 6901."""

    text: str
    found_by: JsonPointer = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """What a rejection calls the place; the whole message has the empty pointer."""
        return self.text or "payload"

    def find(self, message: Any) -> Any:
        """Return what lies there; None where nothing does, or null."""
        value = self.found_by.resolve(message, None)
        # The pointer's "-" stands for the place behind a list's last one, where nothing is.
        return value if isinstance(value, str | int | float | list | dict) else None


def spelled(value: object) -> str:
    """Return how a yes or no of a message is spelled in a mapping: ``true``, ``1``, ``occupied``.

    1, 1.0 and "1" are spelled alike, and so are true and "true".
    """
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


@dataclass(frozen=True)
class Entered:
    """One object of the options; ``path`` is where it lies in them."""

    values: Mapping[str, Any]
    path: str

    def rejected(self, name: str, code: str, **params: object) -> Rejection:
        return rejected(f"{self.path}.{name}", code, **params)

    def knows(self, names: tuple[str, ...]) -> None:
        for name in self.values:
            if name not in names:
                raise self.rejected(str(name)[:60], "mapping_part_unknown", choices=names)

    def maybe(self, name: str, read: Callable[[], T]) -> T | None:
        return None if self.values.get(name) is None else read()

    def section(self, name: str) -> "Entered":
        value = self.values[name]
        if not isinstance(value, Mapping):
            raise self.rejected(name, "not_an_object")
        return Entered(value, f"{self.path}.{name}")

    def text(self, name: str, longest: int, *, empty: bool = False) -> str:
        value = self.values.get(name, "")
        if not isinstance(value, str):
            raise self.rejected(name, "not_text")
        if not value and not empty:
            raise self.rejected(name, "required")
        if len(value) > longest:
            raise self.rejected(name, "too_long", length=len(value), longest=longest)
        if _UNPRINTABLE.search(value):
            raise self.rejected(name, "not_printable")
        return value

    def pointer(self, name: str) -> Pointer:
        if name not in self.values:
            raise self.rejected(name, "required")
        text = self.text(name, LONGEST_POINTER, empty=True)
        try:
            return Pointer(text, JsonPointer(text))
        except JsonPointerException:
            raise self.rejected(name, "not_a_pointer", value=text) from None

    def decimal(self, name: str, default: Decimal) -> Decimal:
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.rejected(name, "not_a_decimal", value=value)
        text = str(value).strip()
        if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
            raise self.rejected(name, "not_a_decimal", value=text)
        return Decimal(text)

    def truth(self, name: str) -> bool:
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise self.rejected(name, "not_a_boolean")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value:
            raise self.rejected(name, "list_size", low=1, high=MOST_WORDS)
        for each in value:
            is_word = isinstance(each, str | int | float)
            if not is_word or not 0 < len(spelled(each)) <= LONGEST_WORD:
                raise self.rejected(name, "word_invalid", longest=LONGEST_WORD)
            if _UNPRINTABLE.search(spelled(each)):
                raise self.rejected(name, "not_printable")
        if len(value) > MOST_WORDS:
            raise self.rejected(name, "list_size", low=1, high=MOST_WORDS)
        return tuple(dict.fromkeys(spelled(each) for each in value))
