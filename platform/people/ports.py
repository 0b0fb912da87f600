"""What rooms above know about a person's or a company's rights, which end with an occupancy."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from people.models import Holder


@dataclass(frozen=True)
class Right:
    """One right that would end, such as a car's registration.

    Attributes:
        kind: its kind, from which a page makes the link, such as ``vehicle``.
        pk: its key.
        name: what people call it.
    """

    kind: str
    pk: int
    name: str


Source = Callable[[Holder, datetime], Iterable[Right]]
_sources: list[Source] = []


def register_rights(source: Source) -> None:
    """Register a room's function that returns the rights that would end at an instant.

    The room subscribes to `people.events.LastOccupancyEnded`, and ends them.
    """
    if source not in _sources:
        _sources.append(source)


def rights_of(holder: Holder, at: datetime) -> tuple[Right, ...]:
    """Return what a person or a company may still do after an instant."""
    return tuple(right for source in _sources for right in source(holder, at))
