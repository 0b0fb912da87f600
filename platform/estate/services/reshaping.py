"""Split a unit, or merge several: the old ones end on a day, and new ones begin."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.models import Site
from estate.models import Unit
from estate.selectors import state_on
from estate.services.common import Actor, require_in_use, taken, validate
from estate.services.ending import require_unused
from estate.services.units import Area, require_areas, set_states_of_new_units


@dataclass(frozen=True)
class UnitPart:
    """A unit that comes out of a split or a merger.

    Attributes:
        code: its code, which no unit of the building may have had.
        built_up_area, usable_area: square metres.
        coefficient: of its share in divided costs; None for the first old unit's.
        use: what it is built for; empty for the first old unit's.
    """

    code: str
    built_up_area: Area = None
    usable_area: Area = None
    coefficient: Decimal | None = None
    use: str = ""


@dataclass(frozen=True)
class Reshaping:
    """What a split or a merger does.

    Attributes:
        on: the day on which the old units end and the new ones begin.
        ends: the units that end.
        begins: the units that begin, not stored yet in a preview.
        state: the state of the new units, that of the first old one; empty if it has none.
    """

    on: date
    ends: tuple[Unit, ...]
    begins: tuple[Unit, ...]
    state: str

    @property
    def area_before(self) -> Area:
        """The built-up area of the old units; None if it is not known of all."""
        return _total(self.ends)

    @property
    def area_after(self) -> Area:
        """The built-up area of the new units; None if it is not known of all."""
        return _total(self.begins)

    @property
    def action(self) -> str:
        """Its name in the audit log."""
        return "split unit" if len(self.ends) == 1 else "merge units"


def plan_reshaping(units: Sequence[Unit], parts: Sequence[UnitPart], on: date) -> Reshaping:
    """Return what `reshape_units` would do.

    Args:
        units: one unit that is split, or several of one building that are merged.
        parts: the units that come out: several of a split, one of a merger.
        on: not later than today at the site.

    Raises:
        Rejection: there are too few units or parts, the day is ahead, a unit has ended or is of
            another building, or a part is not valid.
    """
    _require_numbers(units, parts)
    building = units[0].building
    for unit in units:
        require_in_use(unit, "units")
        if unit.building_id != building.pk:
            raise Rejection(
                "units",
                "other_building",
                _("%(unit)s is in another building") % {"unit": unit},
                _("choose units of one building"),
            )
    if on > clock.local(clock.now(), building.site.timezone).date():
        raise Rejection(
            "on", "ahead", _("the day is in the future"), _("enter today or an earlier day")
        )
    state = state_on(units[0], on)
    begins = tuple(_new_unit(units[0], part) for part in parts)
    _require_free_codes(begins)
    return Reshaping(on, tuple(units), begins, state.state if state else "")


@transaction.atomic
def reshape_units(
    units: Sequence[Unit], actor: Actor, *, parts: Sequence[UnitPart], on: date
) -> Reshaping:
    """Split a unit or merge several; who lives there is settled before, by `people.services`.

    Raises:
        Rejection: see `plan_reshaping`; or something needs an old unit.
    """
    locked = lock_units(units)
    plan = plan_reshaping(locked, parts, on)
    site = locked[0].building.site
    for unit in plan.begins:
        unit.save(force_insert=True)
    if plan.state:
        set_states_of_new_units(plan.begins, plan.state, on)
    for unit in plan.ends:
        require_unused(unit)
        unit.ended_at = clock.midnight(on, site.timezone)
        unit.save(update_fields=["ended_at"])
    _record(plan, site, actor)
    return plan


def lock_units(units: Iterable[Unit]) -> list[Unit]:
    """Return units as they are now, in the given order, locked in the order of their keys."""
    wanted = [unit.pk for unit in units]
    rows: QuerySet[Unit] = Unit.objects.select_for_update(of=("self",)).order_by("pk")
    found = {row.pk: row for row in rows.select_related("building__site").filter(pk__in=wanted)}
    return [found[pk] for pk in wanted]


def _new_unit(old: Unit, part: UnitPart) -> Unit:
    unit = Unit(
        building=old.building,
        code=part.code.strip(),
        use=part.use or old.use,
        floor=old.floor,
        built_up_area=part.built_up_area,
        usable_area=part.usable_area,
        coefficient=old.coefficient if part.coefficient is None else part.coefficient,
    )
    validate(unit, ["code", "use", "built_up_area", "usable_area", "coefficient"])
    require_areas(unit.built_up_area, unit.usable_area)
    return unit


def _require_numbers(units: Sequence[Unit], parts: Sequence[UnitPart]) -> None:
    if len({unit.pk for unit in units}) < len(units) or not units:
        raise Rejection(
            "units", "too_few", _("choose each unit once"), _("choose the units to merge")
        )
    if len(units) == 1 and len(parts) < 2:
        raise Rejection(
            "parts", "too_few", _("a split needs two parts"), _("enter the parts of the unit")
        )
    if len(units) > 1 and len(parts) != 1:
        raise Rejection("parts", "too_many", _("a merger has one result"), _("enter one new unit"))


def _require_free_codes(units: Sequence[Unit]) -> None:
    codes = [unit.code for unit in units]
    known = Unit.objects.filter(building=units[0].building, code__in=codes)
    used = known.values_list("code", flat=True).first()
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if used or twice:
        raise taken("parts", str(used or twice))


def _total(units: Iterable[Unit]) -> Area:
    areas = [unit.built_up_area for unit in units]
    known = [area for area in areas if area is not None]
    return sum(known, Decimal(0)) if len(known) == len(areas) else None


def _record(plan: Reshaping, site: Site, actor: Actor) -> None:
    detail = {
        "on": plan.on.isoformat(),
        "ended": [unit.code for unit in plan.ends],
        "begun": [unit.code for unit in plan.begins],
    }
    for unit in (*plan.ends, *plan.begins):
        audit.record(site, actor, plan.action, ("unit", unit.pk), **detail)
