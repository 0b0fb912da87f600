"""What rooms above know about places: what refers to them, and what fixes a site's values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.models import Site
from estate.models import Place


@dataclass(frozen=True)
class UsedBy:
    """One row that refers to a place.

    Attributes:
        kind: its kind, from which a page makes the link, such as ``lane`` or ``stay``.
        pk: its key.
        name: what people call it.
    """

    kind: str
    pk: int
    name: str


@dataclass(frozen=True)
class Usage:
    """Why a place is needed, or what happens with it when the place ends.

    Attributes:
        text: a sentence in the active language, with the number of rows.
        blocks: whether the place cannot end before this is settled.
        rows: the first of these rows.
    """

    text: str
    blocks: bool = False
    rows: tuple[UsedBy, ...] = ()


@dataclass(frozen=True)
class FixedValue:
    """A value of a site that records depend on, so that it can't change any more.

    Attributes:
        field: the site's field.
        reason: a sentence in the active language.
    """

    field: str
    reason: str


PlaceSource = Callable[[Place], Iterable[Usage]]
SiteSource = Callable[[Site], Iterable[FixedValue]]
_places: list[PlaceSource] = []
_sites: list[SiteSource] = []


def register_usages(source: PlaceSource) -> None:
    """Register a room's function that returns what refers to a place; called when apps start."""
    if source not in _places:
        _places.append(source)


def register_fixed_values(source: SiteSource) -> None:
    """Register a room's function that returns which values of a site are fixed."""
    if source not in _sites:
        _sites.append(source)


def usages_of(place: Place) -> list[Usage]:
    """Return what refers to the place, what blocks its end first."""
    found = [usage for source in _places for usage in source(place)]
    return sorted(found, key=lambda usage: not usage.blocks)


def fixed_values(site: Site) -> dict[str, str]:
    """Return the reasons why values of the site are fixed, by field."""
    return {fixed.field: fixed.reason for source in _sites for fixed in source(site)}
