"""The unit or the bay that a row of a list names."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Rejection
from core.models import Site
from core.tables import Code
from estate.models import Bay, Unit
from estate.unit_lookup import find_units, key_of, require_both, require_unit
from people.models import AnyPlace

#: Whether it is a unit or a bay, the code of the building or car park, and its own.
PlaceKey = tuple[str, str, str]
UNIT, BAY = "unit", "bay"


def lot_column() -> Code:
    """Return the column of a car park's code."""
    return Code(
        code="lot",
        title=gettext_lazy("Car park"),
        help=gettext_lazy("The car park's code; for a bay instead of a unit."),
        aliases=("停车场", "车场", "lot"),
        longest=20,
    )


def bay_column() -> Code:
    """Return the column of a bay's code."""
    return Code(
        code="bay",
        title=gettext_lazy("Bay"),
        help=gettext_lazy("The bay's code within its car park."),
        aliases=("车位", "车位号", "bay code"),
        longest=20,
    )


def place_key(values: Any) -> PlaceKey | None:
    """Return the key of the unit or bay that a row names; None if it names none."""
    unit, lot, bay = key_of(values), values.get("lot"), values.get("bay")
    if unit is not None:
        return UNIT, *unit
    return (BAY, lot, bay) if lot and bay else None


def require_one_place(values: Any) -> None:
    """Validate that a row names a unit with its building, a bay with its car park, or neither.

    Raises:
        Rejection: one of the two is missing, or both a unit and a bay are named.
    """
    require_both(values)
    for one, other in (("lot", "bay"), ("bay", "lot")):
        if values.get(other) and not values.get(one):
            raise Rejection(
                one,
                "missing",
                _("car park and bay belong together"),
                _("enter both, or leave both empty"),
            )
    if values.get("unit") and values.get("bay"):
        raise Rejection(
            "bay",
            "two_places",
            _("a row names a unit or a bay, not both"),
            _("enter the bay in a row of its own"),
        )


def find_places(site: Site, keys: Iterable[PlaceKey | None]) -> dict[PlaceKey, AnyPlace]:
    """Return the units and bays of these keys, also ended ones."""
    wanted = {key for key in keys if key is not None}
    units = find_units(site, [(one, two) for kind, one, two in wanted if kind == UNIT])
    found: dict[PlaceKey, AnyPlace] = {(UNIT, *key): unit for key, unit in units.items()}
    bays = {key for key in wanted if key[0] == BAY}
    if bays:
        rows = Bay.objects.filter(
            lot__site=site,
            lot__code__in={lot for _kind, lot, _bay in bays},
            code__in={bay for _kind, _lot, bay in bays},
        )
        named = {(BAY, each.lot.code, each.code): each for each in rows.select_related("lot")}
        found |= {key: bay for key, bay in named.items() if key in bays}
    return found


def require_place(places: dict[PlaceKey, AnyPlace], key: PlaceKey) -> AnyPlace:
    """Return the unit or bay of a key.

    Raises:
        Rejection: there is none, or it has ended.
    """
    kind, one, two = key
    place = places.get(key)
    if kind == UNIT:
        return require_unit({(one, two): place} if isinstance(place, Unit) else {}, (one, two))
    if place is None:
        raise Rejection(
            "bay",
            "unknown_bay",
            _("there is no bay %(bay)s") % {"bay": f"{one}-{two}"},
            _("correct the codes, or create the bays first"),
        )
    if place.ended_at is not None:
        raise Rejection(
            "bay",
            "has_ended",
            _("%(place)s has ended") % {"place": place},
            _("choose another one, or use it again first"),
        )
    return place
