"""The registry of what alarm rules may watch, with the past of each for back-tests.

Telemetry is known here: any metric that a device reports may be watched. Other kinds of signals
are registered by the room that stores them.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.utils.functional import Promise

from incidents.rules.model import Signal

Text = str | Promise
TELEMETRY = "telemetry."
DEVICE, LANE = "device", "lane"

# Yields the signals of one source, given its primary key, in the order of time.
Past = Callable[[int, datetime, datetime], Iterator[Signal]]


@dataclasses.dataclass(frozen=True)
class Observable:
    """One kind of signals.

    Attributes:
        kind: of the signals.
        label: what they are called.
        source: what they are about: `DEVICE` or `LANE`.
        past: the stored signals of a source from an instant until another.
        field: the name of the value by which they differ; empty for none.
        choices: what that value may be, with labels.
    """

    kind: str
    label: Text
    source: str
    past: Past
    field: str = ""
    choices: Mapping[str, Text] = dataclasses.field(default_factory=dict)


_registered: dict[str, Observable] = {}


def register(observable: Observable) -> None:
    """Declare a kind of signals, when the app that stores them is ready.

    Raises:
        ValueError: the kind is taken.
    """
    if _registered.setdefault(observable.kind, observable) != observable:
        raise ValueError(f"signals of the kind {observable.kind} are declared twice")


def registered() -> list[Observable]:
    """Return all kinds but telemetry."""
    return list(_registered.values())


def find(kind: str) -> Observable | None:
    """Return the kind of that name; None for telemetry and for unknown ones."""
    return _registered.get(kind)


def is_known(kind: str) -> bool:
    """Whether rules may watch the kind."""
    return kind in _registered or kind.startswith(TELEMETRY)


def source_of(kind: str) -> str:
    """Return what signals of the kind are about: `DEVICE` or `LANE`."""
    found = _registered.get(kind)
    return found.source if found else DEVICE
