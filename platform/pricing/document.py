"""The shape of a tariff/1 document: its keys, their kinds and their defaults.

Only the shape is checked here; what the values must mean together is in `rules`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pricing.errors import TariffError

DayClass = Literal["workday", "weekend", "holiday"]
Anchor = Literal["minute", "window_start"]
# The bounds reject typing errors and numbers too large to store; no tariff needs more.
Amount = Annotated[int, Field(ge=0, le=10**15)]
Minutes = Annotated[int, Field(ge=0, le=10**9)]
Span = Annotated[int, Field(ge=1, le=10**9)]
# Without control characters, which PostgreSQL cannot store (NUL) and no page can show.
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
# A language tag as Django writes it: en, zh-hans.
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$")]
TimeOfDay = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Free(_Part):
    """The free minutes of a stay (rule 2)."""

    minutes: Minutes
    kind: Literal["threshold", "deduct"] = "threshold"
    inclusive: bool = True
    repeat: Literal["stay", "cycle"] = "stay"


class When(_Part):
    """When an element applies; every condition given must be met (rule 4)."""

    time: Annotated[list[TimeOfDay], Field(min_length=2, max_length=2)] | None = None
    day_class: Annotated[list[DayClass], Field(min_length=1)] | None = None
    vehicle: Annotated[list[Name], Field(min_length=1)] | None = None
    anchor: Anchor | None = None


class Step(_Part):
    """One step of a ladder: either `unit` and `price` (with `per`, `round`), or `flat`."""

    upto: Span | None = None
    unit: Span | None = None
    price: Amount | None = None
    per: Span | None = None
    round: Literal["up", "down"] | None = None
    flat: Amount | None = None


class Element(_Part):
    """A named rate with the conditions under which it applies.

    `title` is what the rate is called, by language; pricing ignores it.
    """

    id: Name
    title: Annotated[dict[Language, Name], Field(min_length=1)] | None = None
    when: When | None = None
    anchor: Anchor | None = None
    steps: Annotated[list[Step], Field(min_length=1)]


class Cap(_Part):
    """The most that may be charged in each window of one kind (rule 10)."""

    window: Literal["segment", "day", "24h", "stay"]
    element: str | None = None
    amounts: Annotated[list[Amount], Field(min_length=1)]


class Calendar(_Part):
    """Dates (ISO) whose class differs from that of their weekday."""

    overrides: dict[str, DayClass] = {}


class Document(_Part):
    """A tariff/1 document as written."""

    schema_: Literal["tariff/1"] = Field(alias="schema")
    id: Name
    version: Annotated[int, Field(ge=0, le=10**9)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    timezone: Name
    free: Free | None = None
    ladder_reset: Literal["none", "24h", "day"] = "none"
    ladder_scope: Literal["segment", "cycle"] = "segment"
    unit_at_boundary: Literal["cut", "carry", "entry", "total"] = "cut"
    uncovered: Literal["error", "free"] = "error"
    anchor: Anchor | None = None
    elements: Annotated[list[Element], Field(min_length=1)]
    caps: list[Cap] = []
    min_charge: Amount = 0
    exit_grace_minutes: Annotated[int, Field(ge=0, le=527_040)] = 0
    free_after_pass: bool = False
    calendar: Calendar = Calendar()


def read_document(raw: Mapping[str, Any]) -> Document:
    """Check the shape of a document and fill in its defaults.

    Raises `TariffError` naming the first faulty key by its path.
    """
    if not isinstance(raw, Mapping):
        raise TariffError("tariff", "must be an object that holds a tariff/1 document")
    try:
        return Document.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise TariffError(_path(first["loc"]), _hint(first["type"], first)) from None


def _path(loc: tuple[int | str, ...]) -> str:
    keys = [part for part in loc if part != _FAULTY_KEY]
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in keys]
    return "".join(parts).lstrip(".") or "tariff"


# Hints by pydantic's error type, formatted with the error's context.
_HINTS = {
    "missing": "is missing; it must be given",
    "extra_forbidden": "is not a key that tariff/1 knows here; correct its spelling or remove it",
    "int_type": "must be a whole number (minor units or minutes), without quotes or decimals",
    "bool_type": "must be true or false, without quotes",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "list_type": "must be a list in square brackets",
    "dict_type": "must be an object in braces",
    "model_type": "must be an object in braces",
    "model_attributes_type": "must be an object in braces",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be one of {expected}",
}
# How pydantic marks a fault of a key itself, at the end of its path.
_FAULTY_KEY = "[key]"
_PATTERNS = {
    "currency": "must be three capital letters, such as EUR",
    _FAULTY_KEY: "must be a language code, such as en or zh-hans",
}
_TIME = 'must be a time of day from "00:00" to "24:00"'


def _hint(kind: str, fault: Mapping[str, Any]) -> str:
    if kind == "string_pattern_mismatch":
        if "time" in fault["loc"]:
            return _TIME
        return _PATTERNS.get(str(fault["loc"][-1]), "must not contain control characters")
    text = _HINTS.get(kind)
    return text.format(**fault.get("ctx", {})) if text else str(fault["msg"])
