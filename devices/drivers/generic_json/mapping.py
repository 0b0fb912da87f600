"""A mapping: what a device's options say about where its message holds what.

`read_mapping` is both how options are checked when they are entered and how they are read with each
message, so that what was accepted once and what is used can't differ.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from devices.drivers.generic_json.presets import PRESETS
from devices.drivers.generic_json.validation import LONGEST_WORD, Entered, Pointer
from devices.rejections import rejected

MOST_METRICS = 100
LONGEST_UNIT = 16
# Numbers that no instrument needs: beyond them it is a slip of the hand.
SMALLEST, LARGEST = Decimal("1e-15"), Decimal("1e15")
METRIC = re.compile(r"[a-z0-9_.]{1,60}", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
_PARTS = ("metrics", "at", "id", "occupied", "online", "firmware", "gateway")
_OF_A_METRIC = ("metric", "pointer", "unit", "scale", "offset", "optional")
_OF_A_QUESTION = ("pointer", "yes", "no", "optional")


class TimeForm(StrEnum):
    """How a message writes the time."""

    RFC3339 = "rfc3339"
    LOCAL = "local"
    UNIX_S = "unix_s"
    UNIX_MS = "unix_ms"


@dataclass(frozen=True)
class Metric:
    """One number of the message: it becomes ``value * scale + offset``."""

    metric: str
    pointer: Pointer
    unit: str
    scale: Decimal
    offset: Decimal
    optional: bool


@dataclass(frozen=True)
class Clock:
    """Where the message holds its time, and how it is written."""

    pointer: Pointer
    form: TimeForm


@dataclass(frozen=True)
class Question:
    """A place that says yes or no; the words are compared without regard to case."""

    pointer: Pointer
    yes: tuple[str, ...]
    no: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, kw_only=True)
class MessageMapping:
    """What is read of a device's messages; empty until somebody enters it.

    Attributes:
        gateway: the code of the device whose account at the broker publishes them; empty where they
            come by the device's own.
    """

    metrics: tuple[Metric, ...] = ()
    at: Clock | None = None
    id: Pointer | None = None
    occupied: Question | None = None
    online: Question | None = None
    firmware: Pointer | None = None
    gateway: str = ""

    def __bool__(self) -> bool:
        """Whether anything is read at all."""
        return bool(self.metrics or self.occupied or self.online or self.firmware)


def check_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as they are kept; ``{"preset": name}`` alone becomes that preset's.

    Raises:
        Rejection: naming what is wrong, such as ``options.metrics[2].pointer``.
    """
    if set(options) == {"preset"}:
        return check_options(_preset(options["preset"]))
    return _kept(read_mapping(options))


def units(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the unit of each metric for which one was entered."""
    return {each.metric: each.unit for each in read_mapping(options).metrics if each.unit}


def read_mapping(options: Mapping[str, Any]) -> MessageMapping:
    """Return the mapping that the options say.

    Raises:
        Rejection: naming what is wrong, such as ``options.metrics[2].pointer``.
    """
    said = Entered(options, "options")
    said.knows(_PARTS)
    mapping = MessageMapping(
        metrics=_metrics(said),
        at=said.maybe("at", lambda: _clock(said.section("at"))),
        id=said.maybe("id", lambda: said.pointer("id")),
        occupied=said.maybe("occupied", lambda: _question(said.section("occupied"))),
        online=said.maybe("online", lambda: _question(said.section("online"))),
        firmware=said.maybe("firmware", lambda: said.pointer("firmware")),
        gateway=_gateway(said),
    )
    _check_whole(mapping)
    return mapping


def _check_whole(mapping: MessageMapping) -> None:
    if not mapping and (mapping.at or mapping.id):
        raise rejected("options.metrics", "no_metrics")
    for name in ("online", "firmware"):
        if mapping.occupied and getattr(mapping, name):
            raise rejected(f"options.{name}", "conflict", other="occupied")


def _metrics(said: Entered) -> tuple[Metric, ...]:
    rows = said.values.get("metrics", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise rejected("options.metrics", "not_metric_list")
    if len(rows) > MOST_METRICS:
        raise rejected("options.metrics", "metric_count", count=len(rows), most=MOST_METRICS)
    metrics = [_metric(Entered(row, f"options.metrics[{n}]")) for n, row in enumerate(rows)]
    seen: set[str] = set()
    for n, each in enumerate(metrics):
        if each.metric in seen:
            where = f"options.metrics[{n}].metric"
            raise rejected(where, "metric_twice", metric=each.metric)
        seen.add(each.metric)
    return tuple(metrics)


def _metric(said: Entered) -> Metric:
    said.knows(_OF_A_METRIC)
    name = said.text("metric", LONGEST_WORD)
    if not METRIC.fullmatch(name):
        raise said.rejected("metric", "metric_name_invalid")
    scale = said.decimal("scale", Decimal(1))
    if not SMALLEST <= abs(scale) <= LARGEST:
        raise said.rejected("scale", "scale_out_of_range", value=scale)
    offset = said.decimal("offset", Decimal(0))
    if offset and not SMALLEST <= abs(offset) <= LARGEST:
        raise said.rejected("offset", "offset_out_of_range", value=offset)
    return Metric(
        metric=name,
        pointer=said.pointer("pointer"),
        unit=said.text("unit", LONGEST_UNIT, empty=True),
        scale=scale,
        offset=offset,
        optional=said.truth("optional"),
    )


def _clock(said: Entered) -> Clock:
    said.knows(("pointer", "form"))
    form = said.text("form", LONGEST_WORD)
    if form not in list(TimeForm):
        raise said.rejected("form", "not_a_choice", value=form, choices=TimeForm)
    return Clock(said.pointer("pointer"), TimeForm(form))


def _question(said: Entered) -> Question:
    said.knows(_OF_A_QUESTION)
    yes, no = said.words("yes"), said.words("no")
    for word in no:
        if word in yes:
            raise said.rejected("no", "yes_and_no", word=word)
    return Question(said.pointer("pointer"), yes, no, said.truth("optional"))


def _gateway(said: Entered) -> str:
    code = said.text("gateway", LONGEST_WORD, empty=True)
    if code and not CODE.fullmatch(code):
        raise said.rejected("gateway", "device_code_invalid", value=code)
    return code


def _preset(name: object) -> Mapping[str, Any]:
    for preset in PRESETS:
        if preset.name == name:
            return preset.options
    raise rejected(
        "options.preset", "not_a_choice", value=name, choices=[preset.name for preset in PRESETS]
    )


def _kept(mapping: MessageMapping) -> dict[str, Any]:
    """Return the mapping as the registry keeps it: decimal numbers as the texts they were."""
    kept: dict[str, Any] = {}
    if mapping.metrics:
        kept["metrics"] = [_kept_metric(each) for each in mapping.metrics]
    if mapping.at:
        kept["at"] = {"pointer": mapping.at.pointer.text, "form": mapping.at.form.value}
    for name in ("id", "firmware"):
        pointer: Pointer | None = getattr(mapping, name)
        if pointer is not None:
            kept[name] = pointer.text
    for name in ("occupied", "online"):
        question: Question | None = getattr(mapping, name)
        if question is not None:
            kept[name] = {
                "pointer": question.pointer.text,
                "yes": list(question.yes),
                "no": list(question.no),
                "optional": question.optional,
            }
    if mapping.gateway:
        kept["gateway"] = mapping.gateway
    return kept


def _kept_metric(each: Metric) -> dict[str, Any]:
    return {
        "metric": each.metric,
        "pointer": each.pointer.text,
        "unit": each.unit,
        "scale": format(each.scale, "f"),
        "offset": format(each.offset, "f"),
        "optional": each.optional,
    }
