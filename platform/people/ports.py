"""What rooms above know: rights, which end with an occupancy, and the kinds of fees they bill."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from core.models import Site
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


FeeKinds = Callable[[Site], Mapping[str, str | Promise]]
_fee_kinds: list[FeeKinds] = []


def register_fee_kinds(source: FeeKinds) -> None:
    """Register a room's function that returns the fees it bills at a site: title by code."""
    if source not in _fee_kinds:
        _fee_kinds.append(source)


def fee_kinds(site: Site) -> dict[str, str | Promise]:
    """Return the kinds of fees that rooms bill at a site, title by code."""
    return {code: title for source in _fee_kinds for code, title in source(site).items()}
