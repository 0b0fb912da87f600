"""Split and merge units together with their occupancies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Rejection
from estate import services as estate
from estate.models import Unit
from estate.services import Reshaping, UnitPart
from estate.services.common import Actor
from people.models import Occupancy
from people.periods import on_day
from people.services.moves import apply, lock
from people.services.plans import (
    EndingRights,
    MovePlan,
    NewOccupancy,
    ending_rights,
    occupancies_on,
    plan_move,
)

#: The codes of the new units that get an occupancy, by its key.
Carried = Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class ReshapingPlan:
    """What a split or a merger does with the units and with those who occupy them.

    Attributes:
        units: the units that end and begin.
        ends: the occupancies that end with the old units.
        carried: the codes of the new units in which they go on, by their keys.
        rights_end: whose rights end, unless staff decide otherwise.
        unpaid: kinds of fees that nobody pays in any new unit.
    """

    units: Reshaping
    ends: tuple[Occupancy, ...]
    carried: Carried
    rights_end: tuple[EndingRights, ...] = ()
    unpaid: tuple[str, ...] = ()

    @property
    def left_out(self) -> tuple[Occupancy, ...]:
        """The occupancies that don't go on in any new unit."""
        return tuple(each for each in self.ends if not self.carried.get(each.pk))


def plan_reshaping(
    units: Sequence[Unit], parts: Sequence[UnitPart], *, on: date, carried: Carried
) -> ReshapingPlan:
    """Return what `reshape_units` would do.

    Raises:
        Rejection: see `reshape_units`.
    """
    reshaping = estate.plan_reshaping(units, parts, on)
    ends = [each for unit in units for each in occupancies_on(unit, on)]
    late = next((each for each in ends if each.begins_on > on), None)
    if late is not None:
        raise Rejection(
            "on",
            "before_begin",
            _("%(name)s is registered there from %(day)s only")
            % {"name": late.holder.name, "day": late.begins_on.isoformat()},
            _("enter that day or a later one"),
        )
    codes = {unit.code for unit in reshaping.begins}
    unknown = {code for chosen in carried.values() for code in chosen} - codes
    if unknown or not carried.keys() <= {each.pk for each in ends}:
        raise Rejection(
            "carried",
            "not_a_choice",
            _("an occupancy or a new unit is unknown"),
            _("choose for each occupancy one of the new units"),
        )
    rights = _ending_rights(units, ends, carried, on)
    return ReshapingPlan(reshaping, tuple(ends), carried, rights, _unpaid(ends, carried, on))


@transaction.atomic
def reshape_units(
    units: Sequence[Unit],
    actor: Actor,
    *,
    parts: Sequence[UnitPart],
    on: date,
    carried: Carried,
    keep_rights: bool = False,
) -> ReshapingPlan:
    """Split a unit or merge several, and let the occupancies go on in the new ones.

    An occupancy that goes on keeps its role and its payers. Its share of the ownership is kept in
    a split; after a merger shares are entered again, since they were shares of different units.

    Args:
        carried: the codes of the new units in which each occupancy goes on, by its key; one that
            is left out ends, like that of a person who moves out.
        keep_rights: see `people.services.move_out`.

    Raises:
        Rejection: see `estate.services.plan_reshaping`; an occupancy begins later, or a choice is
            unknown.
    """
    locked = estate.lock_units(units)
    for unit in locked:
        lock(unit, [each.holder for each in occupancies_on(unit, on)])
    plan = plan_reshaping(locked, parts, on=on, carried=carried)
    begins = {unit.code: _begins(unit.code, plan) for unit in plan.units.begins}
    for unit in locked:
        own = [each for each in plan.ends if each.unit_id == unit.pk]
        ending = _ending(plan_move(unit, on, ends=own), plan)
        apply(ending, actor, "move out", keep_rights=keep_rights)
    reshaping = estate.reshape_units(locked, actor, parts=parts, on=on)
    for unit in reshaping.begins:
        if begins[unit.code]:
            move = plan_move(unit, on, begins=begins[unit.code])
            apply(replace(move, state=""), actor, "move in")
    return plan


def _ending_rights(
    units: Sequence[Unit], ends: Sequence[Occupancy], carried: Carried, on: date
) -> tuple[EndingRights, ...]:
    """Return the rights of those who go on in no new unit and have no other place."""
    staying = [each.holder for each in ends if carried.get(each.pk)]
    leaving = [each for each in ends if each.holder not in staying]
    return ending_rights(units[0], on, (), leaving)


def _unpaid(ends: Sequence[Occupancy], carried: Carried, on: date) -> tuple[str, ...]:
    """Return the kinds of fees that only those paid who go on in no new unit."""
    before = {kind for each in ends for kind in _paid_by(each, on)}
    after = {kind for each in ends if carried.get(each.pk) for kind in _paid_by(each, on)}
    return () if "" in after else tuple(sorted(before - after))


def _paid_by(occupancy: Occupancy, on: date) -> tuple[str, ...]:
    """Return the kinds of fees that an occupancy pays on a day."""
    rows = occupancy.payer_periods.filter(on_day(on)).order_by("fee_kind")
    return tuple(rows.values_list("fee_kind", flat=True))


def _ending(move: MovePlan, plan: ReshapingPlan) -> MovePlan:
    """Return the move out of an old unit, in which only those left out lose their rights."""
    staying = [each.holder for each in plan.ends if plan.carried.get(each.pk)]
    rights = tuple(each for each in move.rights_end if each.holder not in staying)
    return replace(move, rights_end=rights, state="")


def _begins(code: str, plan: ReshapingPlan) -> list[NewOccupancy]:
    """Return the occupancies of a new unit: one for each holder, one payer for each kind of fee."""
    found: list[NewOccupancy] = []
    is_split = len(plan.units.ends) == 1
    for old in plan.ends:
        holders = [new.holder for new in found]
        if code not in plan.carried.get(old.pk, ()) or old.holder in holders:
            continue
        taken = {kind for new in found for kind in new.pays}
        pays = tuple(kind for kind in _paid_by(old, plan.units.on) if kind not in taken)
        share = old.share if is_split else None
        found.append(NewOccupancy(old.holder, old.role, share, old.ends_on, pays))
    return found
