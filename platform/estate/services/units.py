"""Create and change units, correct their areas, and set their states."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.validation import require_reason
from estate.models import Building, Unit, UnitState
from estate.selectors import state_on
from estate.services.common import (
    Actor,
    change,
    create,
    lock,
    lock_in_use,
    require_in_use,
    validate,
)

Area = Decimal | None
_AREAS = ("built_up_area", "usable_area")


@dataclass(frozen=True)
class AreaCorrection:
    """What a correction of areas would change.

    Attributes:
        before, after: the built-up and the usable area, in square metres.
    """

    before: tuple[Area, Area]
    after: tuple[Area, Area]

    @property
    def differs(self) -> bool:
        """Whether an area changes."""
        return self.before != self.after


@transaction.atomic
def create_unit(
    building: Building,
    actor: Actor,
    *,
    code: str,
    use: str = Unit.Use.FLAT,
    floor: int | None = None,
    built_up_area: Area = None,
    usable_area: Area = None,
    coefficient: Decimal | None = None,
) -> Unit:
    """Create a unit in a building.

    Args:
        built_up_area, usable_area: square metres.
        coefficient: of its share in divided costs; 1 by default.

    Raises:
        Rejection: the building has ended, or has a unit of that code, or a value is malformed.
    """
    lock_in_use(building)
    unit = Unit(
        building=building,
        code=code,
        use=use,
        floor=floor,
        built_up_area=built_up_area,
        usable_area=usable_area,
        coefficient=Decimal(1) if coefficient is None else coefficient,
    )
    require_areas(built_up_area, usable_area)
    _require_coefficient(unit.coefficient)
    return create(unit, building.site, actor)


@transaction.atomic
def change_unit(unit: Unit, actor: Actor, *, revision: str = "", **values: Any) -> Unit:
    """Change a unit's code, use, floor or coefficient; its areas are corrected instead.

    Raises:
        Rejection: see `estate.services.common.change`.
    """
    _require_coefficient(values.get("coefficient", Decimal(1)))
    return change(unit, actor, revision, values)


def plan_area(unit: Unit, built_up_area: Area, usable_area: Area) -> AreaCorrection:
    """Return what `correct_area` would change.

    Raises:
        Rejection: the unit has ended, or an area is not valid.
    """
    require_in_use(unit)
    wanted = Unit(built_up_area=built_up_area, usable_area=usable_area)
    validate(wanted, _AREAS)
    require_areas(wanted.built_up_area, wanted.usable_area)
    before = (unit.built_up_area, unit.usable_area)
    return AreaCorrection(before, (wanted.built_up_area, wanted.usable_area))


@transaction.atomic
def correct_area(
    unit: Unit,
    actor: Actor,
    *,
    built_up_area: Area,
    usable_area: Area,
    reason: str,
    revision: str = "",
) -> Unit:
    """Correct the areas of a unit, from which fees are computed.

    Args:
        reason: such as the survey that it follows; stored in the audit log.

    Raises:
        Rejection: the reason is missing, an area is not valid, or the unit has ended or was
            changed meanwhile.
    """
    require_reason(reason)
    plan = plan_area(lock(unit), built_up_area, usable_area)
    values = dict(zip(_AREAS, plan.after, strict=True))
    further = {"reason": reason.strip()} if plan.differs else None
    return change(unit, actor, revision, values, further)


@dataclass(frozen=True)
class StatePlan:
    """What a new state of a unit changes.

    Attributes:
        unit: whose state.
        before: the state on that day so far; None if none is known.
        state, begins_on: the new one.
        ends_on: the day from which a later row holds; None if it goes on.
    """

    unit: Unit
    before: UnitState | None
    state: str
    begins_on: date
    ends_on: date | None

    @property
    def label(self) -> str:
        """What the new state is called."""
        return str(UnitState.State(self.state).label)


def plan_unit_state(unit: Unit, *, state: str, begins_on: date) -> StatePlan:
    """Return what `set_unit_state` would change.

    Raises:
        Rejection: see `set_unit_state`.
    """
    require_in_use(unit, "state")
    validate(UnitState(unit=unit, state=state, begins_on=begins_on), ["state", "begins_on"])
    later = UnitState.objects.filter(unit=unit, begins_on__gt=begins_on).order_by("begins_on")
    ends_on = later.values_list("begins_on", flat=True).first()
    return StatePlan(unit, state_on(unit, begins_on), state, begins_on, ends_on)


@transaction.atomic
def set_unit_state(unit: Unit, actor: Actor, *, state: str, begins_on: date) -> UnitState:
    """Set the state of a unit from a day on, until the day of the next row.

    A row of the same day is replaced.

    Raises:
        Rejection: there is no such state, or the unit has ended.
    """
    locked = lock(unit)
    require_in_use(locked, "state")
    before = state_on(locked, begins_on)
    if before is not None and (before.state, before.begins_on) == (state, begins_on):
        return before
    row = UnitState(unit=locked, state=state, begins_on=begins_on)
    validate(row, ["state", "begins_on"])
    UnitState.objects.filter(unit=locked, begins_on=begins_on).delete()
    row.save(force_insert=True)
    _record_state(row, actor, "set unit state", before)
    return row


@transaction.atomic
def remove_unit_state(row: UnitState, actor: Actor) -> None:
    """Remove a state that was entered by mistake; the one before it goes on.

    Raises:
        Rejection: the unit has ended.
    """
    locked = lock(row.unit)
    require_in_use(locked, "state")
    _record_state(row, actor, "remove unit state", None)
    row.delete()


def set_states_of_new_units(units: Iterable[Unit], state: str, begins_on: date) -> None:
    """Insert the first state of units that were created just now."""
    rows = [UnitState(unit=unit, state=state, begins_on=begins_on) for unit in units]
    UnitState.objects.bulk_create(rows)


def require_areas(built_up_area: Area, usable_area: Area) -> None:
    """Validate two areas in square metres.

    Raises:
        Rejection: one is not positive, or the usable area is larger than the built-up one.
    """
    for field, area in (("built_up_area", built_up_area), ("usable_area", usable_area)):
        if area is not None and area <= 0:
            raise Rejection(
                field,
                "not_positive",
                _("the area is not positive"),
                _("enter square metres, or leave it empty"),
            )
    if built_up_area is not None and usable_area is not None and usable_area > built_up_area:
        raise Rejection(
            "usable_area",
            "larger_than_built_up",
            _("the usable area is larger than the built-up area"),
            _("check which is which"),
        )


def _require_coefficient(coefficient: Decimal) -> None:
    if coefficient < 0:
        raise Rejection(
            "coefficient",
            "negative",
            _("the coefficient is negative"),
            _("enter 0 or more; 1 is usual"),
        )


def _record_state(row: UnitState, actor: Actor, action: str, before: UnitState | None) -> None:
    detail: dict[str, Any] = {"state": row.state, "begins_on": row.begins_on.isoformat()}
    if before is not None:
        detail["before"] = before.state
    unit = row.unit
    audit.record(unit.building.site, actor, action, ("unit", unit.pk), **detail)
