"""Mappings: a device's options that describe where its JSON messages hold which values.

`read_mapping` both checks options when they are entered and parses them for each message, so that
what is accepted and what is used can't differ.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from devices.drivers.generic_json.pointers import Pointer
from devices.drivers.generic_json.presets import PRESETS
from devices.drivers.generic_json.validation import LONGEST_WORD, OptionFields
from devices.rejections import rejected

MOST_METRICS = 100
LONGEST_UNIT = 16
# Limits for scale and offset: no instrument needs more, so other numbers are typing errors.
SMALLEST, LARGEST = Decimal("1e-15"), Decimal("1e15")
METRIC = re.compile(r"[a-z0-9_.]{1,60}", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
_KEYS = ("metrics", "readings", "at", "id", "occupied", "online", "firmware", "gateway")
_METRIC_KEYS = ("metric", "pointer", "unit", "suffix", "scale", "offset", "optional")
_YES_NO_KEYS = ("pointer", "yes", "no", "optional")


class TimeForm(StrEnum):
    """The format of the time in a message."""

    RFC3339 = "rfc3339"
    LOCAL = "local"
    UNIX_S = "unix_s"
    UNIX_MS = "unix_ms"


@dataclass(frozen=True)
class Metric:
    """A number in the message, stored as ``value * scale + offset``.

    Attributes:
        suffix: what may stand behind the number in a text, such as ``V`` in ``3.66V``.
    """

    metric: str
    pointer: Pointer
    unit: str
    suffix: str
    scale: Decimal
    offset: Decimal
    optional: bool


@dataclass(frozen=True)
class TimeField:
    """The place and format of the time in a message."""

    pointer: Pointer
    form: TimeForm


@dataclass(frozen=True)
class YesNoField:
    """A place that holds a yes or no; words are compared without regard to case."""

    pointer: Pointer
    yes: tuple[str, ...]
    no: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, kw_only=True)
class MessageMapping:
    """The values that are read from a device's messages; empty until a mapping is entered.

    Attributes:
        readings: a list of readings in one message; the other pointers then begin at each of them.
        gateway: the code of the device whose broker account publishes the messages; empty where the
            device publishes them itself.
    """

    metrics: tuple[Metric, ...] = ()
    readings: Pointer | None = None
    at: TimeField | None = None
    id: Pointer | None = None
    occupied: YesNoField | None = None
    online: YesNoField | None = None
    firmware: Pointer | None = None
    gateway: str = ""

    def __bool__(self) -> bool:
        """Whether the mapping reads anything."""
        return bool(self.metrics or self.occupied or self.online or self.firmware)


def check_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Check the options and return them as stored; ``{"preset": name}`` becomes that preset's.

    Raises:
        Rejection: names what is wrong, such as ``options.metrics[2].pointer``.
    """
    if set(options) == {"preset"}:
        return check_options(_preset(options["preset"]))
    return _as_options(read_mapping(options))


def units(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the units that were entered, by metric."""
    return {each.metric: each.unit for each in read_mapping(options).metrics if each.unit}


def read_mapping(options: Mapping[str, Any]) -> MessageMapping:
    """Parse the mapping in a device's options.

    Raises:
        Rejection: names what is wrong, such as ``options.metrics[2].pointer``.
    """
    fields = OptionFields(options, "options")
    fields.check_names(_KEYS)
    mapping = MessageMapping(
        metrics=_metrics(fields),
        readings=fields.optional("readings", lambda: fields.pointer("readings")),
        at=fields.optional("at", lambda: _time_field(fields.section("at"))),
        id=fields.optional("id", lambda: fields.pointer("id")),
        occupied=fields.optional("occupied", lambda: _yes_no_field(fields.section("occupied"))),
        online=fields.optional("online", lambda: _yes_no_field(fields.section("online"))),
        firmware=fields.optional("firmware", lambda: fields.pointer("firmware")),
        gateway=_gateway(fields),
    )
    _check_mapping(mapping)
    return mapping


def _check_mapping(mapping: MessageMapping) -> None:
    if not mapping and (mapping.at or mapping.id or mapping.readings):
        raise rejected("options.metrics", "no_metrics")
    if mapping.readings and not mapping.at:
        raise rejected("options.at", "readings_without_time")
    for name in ("online", "firmware"):
        if mapping.occupied and getattr(mapping, name):
            raise rejected(f"options.{name}", "conflict", other="occupied")


def _metrics(fields: OptionFields) -> tuple[Metric, ...]:
    rows = fields.values.get("metrics", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise rejected("options.metrics", "not_metric_list")
    if len(rows) > MOST_METRICS:
        raise rejected("options.metrics", "metric_count", count=len(rows), most=MOST_METRICS)
    metrics = [_metric(OptionFields(row, f"options.metrics[{n}]")) for n, row in enumerate(rows)]
    seen: set[str] = set()
    for n, each in enumerate(metrics):
        if each.metric in seen:
            where = f"options.metrics[{n}].metric"
            raise rejected(where, "metric_twice", metric=each.metric)
        seen.add(each.metric)
    return tuple(metrics)


def _metric(fields: OptionFields) -> Metric:
    fields.check_names(_METRIC_KEYS)
    name = fields.text("metric", LONGEST_WORD)
    if not METRIC.fullmatch(name):
        raise fields.rejected("metric", "metric_name_invalid")
    scale = fields.decimal("scale", Decimal(1))
    if not SMALLEST <= abs(scale) <= LARGEST:
        raise fields.rejected("scale", "scale_out_of_range", value=scale)
    offset = fields.decimal("offset", Decimal(0))
    if offset and not SMALLEST <= abs(offset) <= LARGEST:
        raise fields.rejected("offset", "offset_out_of_range", value=offset)
    return Metric(
        metric=name,
        pointer=fields.pointer("pointer"),
        unit=fields.text("unit", LONGEST_UNIT, empty=True),
        suffix=fields.text("suffix", LONGEST_UNIT, empty=True).strip(),
        scale=scale,
        offset=offset,
        optional=fields.boolean("optional"),
    )


def _time_field(fields: OptionFields) -> TimeField:
    fields.check_names(("pointer", "form"))
    form = fields.text("form", LONGEST_WORD)
    if form not in list(TimeForm):
        raise fields.rejected("form", "not_a_choice", value=form, choices=TimeForm)
    return TimeField(fields.pointer("pointer"), TimeForm(form))


def _yes_no_field(fields: OptionFields) -> YesNoField:
    fields.check_names(_YES_NO_KEYS)
    yes, no = fields.words("yes"), fields.words("no")
    for word in no:
        if word in yes:
            raise fields.rejected("no", "yes_and_no", word=word)
    return YesNoField(fields.pointer("pointer"), yes, no, fields.boolean("optional"))


def _gateway(fields: OptionFields) -> str:
    code = fields.text("gateway", LONGEST_WORD, empty=True)
    if code and not CODE.fullmatch(code):
        raise fields.rejected("gateway", "device_code_invalid", value=code)
    return code


def _preset(name: object) -> Mapping[str, Any]:
    for preset in PRESETS:
        if preset.name == name:
            return preset.options
    raise rejected(
        "options.preset", "not_a_choice", value=name, choices=[preset.name for preset in PRESETS]
    )


def _as_options(mapping: MessageMapping) -> dict[str, Any]:
    """Return the mapping as options to store, with decimal numbers as text."""
    kept: dict[str, Any] = {}
    if mapping.metrics:
        kept["metrics"] = [_metric_options(each) for each in mapping.metrics]
    if mapping.at:
        kept["at"] = {"pointer": mapping.at.pointer.text, "form": mapping.at.form.value}
    for name in ("readings", "id", "firmware"):
        pointer: Pointer | None = getattr(mapping, name)
        if pointer is not None:
            kept[name] = pointer.text
    for name in ("occupied", "online"):
        yes_no: YesNoField | None = getattr(mapping, name)
        if yes_no is not None:
            kept[name] = {
                "pointer": yes_no.pointer.text,
                "yes": list(yes_no.yes),
                "no": list(yes_no.no),
                "optional": yes_no.optional,
            }
    if mapping.gateway:
        kept["gateway"] = mapping.gateway
    return kept


def _metric_options(each: Metric) -> dict[str, Any]:
    return {
        "metric": each.metric,
        "pointer": each.pointer.text,
        "unit": each.unit,
        **({"suffix": each.suffix} if each.suffix else {}),
        "scale": format(each.scale, "f"),
        "offset": format(each.offset, "f"),
        "optional": each.optional,
    }
