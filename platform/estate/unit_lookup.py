"""Units in lists: the two columns that name one, and how rows find theirs."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Rejection
from core.models import Site
from core.tables import Code
from estate.models import Unit

#: The codes of a building and of a unit in it.
UnitKey = tuple[str, str]


def building_column(*, required: bool = False) -> Code:
    """Return the column of a building's code."""
    return Code(
        code="building",
        title=gettext_lazy("Building"),
        help=gettext_lazy("The building's code."),
        example="3",
        required=required,
        aliases=("楼栋", "楼号", "幢", "building code"),
        longest=20,
    )


def unit_column(*, required: bool = False) -> Code:
    """Return the column of a unit's code."""
    return Code(
        code="unit",
        title=gettext_lazy("Unit"),
        help=gettext_lazy("The unit's code within its building."),
        example="0803",
        required=required,
        aliases=("房号", "室号", "房间", "unit code", "flat"),
        longest=20,
    )


def key_of(values: Any) -> UnitKey | None:
    """Return the key of the unit that a row names; None if it names none."""
    building, unit = values.get("building"), values.get("unit")
    return (building, unit) if building and unit else None


def require_both(values: Any) -> None:
    """Validate that a row names a unit with its building, or neither.

    Raises:
        Rejection: one of the two is missing.
    """
    for one, other in (("building", "unit"), ("unit", "building")):
        if values.get(other) and not values.get(one):
            raise Rejection(
                one,
                "missing",
                _("building and unit belong together"),
                _("enter both, or leave both empty"),
            )


def find_units(site: Site, keys: Iterable[UnitKey | None]) -> dict[UnitKey, Unit]:
    """Return the units of these keys, also ended ones, with their buildings."""
    wanted = {key for key in keys if key is not None}
    rows = Unit.objects.filter(
        building__site=site,
        building__code__in={building for building, _unit in wanted},
        code__in={unit for _building, unit in wanted},
    )
    found = {(each.building.code, each.code): each for each in rows.select_related("building")}
    return {key: unit for key, unit in found.items() if key in wanted}


def require_unit(units: dict[UnitKey, Unit], key: UnitKey) -> Unit:
    """Return the unit of a key.

    Raises:
        Rejection: there is none, or it has ended.
    """
    unit = units.get(key)
    if unit is None:
        raise Rejection(
            "unit",
            "unknown_unit",
            _("there is no unit %(unit)s") % {"unit": "-".join(key)},
            _("correct the codes, or import the units first"),
        )
    if unit.ended_at is not None:
        raise Rejection(
            "unit",
            "has_ended",
            _("%(place)s has ended") % {"place": unit},
            _("choose another one, or use it again first"),
        )
    return unit
