"""Validation of the entered mappings: every rejection names the option at fault."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from core.errors import Rejection
from devices.drivers.generic_json.pointers import Pointer, canonical_text
from devices.rejections import rejected

MOST_WORDS = 20
LONGEST_POINTER = 240
LONGEST_WORD = 60
LONGEST_NUMBER = 80
# Numbers as in JSON, also with a plus or leading zeros; no NaN, no 1_000, no comma.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

T = TypeVar("T")


@dataclass(frozen=True)
class OptionFields:
    """An object in the options, with its path."""

    values: Mapping[str, Any]
    path: str

    def rejected(self, name: str, code: str, **params: object) -> Rejection:
        return rejected(f"{self.path}.{name}", code, **params)

    def check_names(self, names: tuple[str, ...]) -> None:
        for name in self.values:
            if name not in names:
                raise self.rejected(str(name)[:60], "mapping_part_unknown", choices=names)

    def optional(self, name: str, read: Callable[[], T]) -> T | None:
        return None if self.values.get(name) is None else read()

    def section(self, name: str) -> "OptionFields":
        value = self.values[name]
        if not isinstance(value, Mapping):
            raise self.rejected(name, "not_an_object")
        return OptionFields(value, f"{self.path}.{name}")

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
            return Pointer.parsed(text)
        except ValueError:
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

    def boolean(self, name: str) -> bool:
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
            if not is_word or not 0 < len(canonical_text(each)) <= LONGEST_WORD:
                raise self.rejected(name, "word_invalid", longest=LONGEST_WORD)
            if _UNPRINTABLE.search(canonical_text(each)):
                raise self.rejected(name, "not_printable")
        if len(value) > MOST_WORDS:
            raise self.rejected(name, "list_size", low=1, high=MOST_WORDS)
        return tuple(dict.fromkeys(canonical_text(each) for each in value))
