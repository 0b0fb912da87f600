"""The list of units: buildings and their flats, shops and offices with areas and states."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import Rejection
from core.imports import (
    Effect,
    ImportKind,
    Outcome,
    Staged,
    Values,
    Verdict,
    changed_since,
    in_use,
)
from core.models import Site, User
from core.tables import Choice, DateColumn, DecimalColumn, WholeNumber
from estate import bulk
from estate.models import Building, Unit, UnitState
from estate.permissions import EstatePermission
from estate.services.units import require_areas
from estate.unit_lookup import building_column, find_units, key_of, unit_column

_AREAS = ("built_up_area", "usable_area")
_DECIMALS = (*_AREAS, "coefficient")
_MOST_AREA = Decimal("99999999.99")


class UnitsList(ImportKind):
    """One unit a row, by the codes of its building and its own."""

    code = "units"
    title = gettext_lazy("Buildings and units")
    about = gettext_lazy("One unit per row. Buildings that don't exist yet are created.")
    permission = EstatePermission.MANAGE_PLACES
    order = 1
    key_column = "unit"
    columns = (
        building_column(required=True),
        unit_column(required=True),
        Choice(
            code="use",
            title=gettext_lazy("Use"),
            help=gettext_lazy("What it is built for; a new unit without it is a flat."),
            choices=dict(Unit.Use.choices),
            also={
                **dict.fromkeys(("住宅", "公寓"), Unit.Use.FLAT.value),
                **dict.fromkeys(("商铺", "店铺"), Unit.Use.SHOP.value),
                **dict.fromkeys(("办公", "写字楼"), Unit.Use.OFFICE.value),
                **dict.fromkeys(("仓库", "库房"), Unit.Use.WAREHOUSE.value),
            },
            aliases=("用途", "房屋用途"),
            example="flat",
        ),
        WholeNumber(
            code="floor",
            title=gettext_lazy("Floor"),
            help=gettext_lazy("A whole number; negative below ground."),
            minimum=-20,
            maximum=300,
            aliases=("楼层",),
            example="8",
        ),
        DecimalColumn(
            code="built_up_area",
            title=gettext_lazy("Built-up area"),
            help=gettext_lazy("Square metres, at most two decimals."),
            places=2,
            minimum=Decimal("0.01"),
            maximum=_MOST_AREA,
            aliases=("建筑面积", "面积"),
            example="89.50",
        ),
        DecimalColumn(
            code="usable_area",
            title=gettext_lazy("Usable area"),
            help=gettext_lazy("Square metres, not more than the built-up area."),
            places=2,
            minimum=Decimal("0.01"),
            maximum=_MOST_AREA,
            aliases=("套内面积", "使用面积"),
            example="71.20",
        ),
        DecimalColumn(
            code="coefficient",
            title=gettext_lazy("Coefficient"),
            help=gettext_lazy("Of its share in divided costs; 1 is usual."),
            places=4,
            maximum=Decimal("9999.9999"),
            aliases=("系数",),
            example="1",
        ),
        Choice(
            code="state",
            title=gettext_lazy("State"),
            choices=dict(UnitState.State.choices),
            aliases=("状态", "房屋状态"),
            example="occupied",
        ),
        DateColumn(
            code="state_since",
            title=gettext_lazy("State since"),
            help=gettext_lazy("The first day of the state; today if empty."),
            aliases=("状态起始日期",),
            example="2026-01-01",
        ),
    )

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Complete the day of a state, and check the two areas against each other."""
        require_areas(values.get("built_up_area"), values.get("usable_area"))
        if values.get("state") and not values.get("state_since"):
            values["state_since"] = clock.local(clock.now(), site.timezone).date()
        if values.get("state_since") and not values.get("state"):
            raise Rejection(
                "state", "missing", _("a day needs a state"), _("enter the state, or no day")
            )

    def key(self, values: Values) -> str:
        """Return the codes of the building and the unit."""
        return f"{values['building']}\n{values['unit']}"

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Compare units with those of the site."""
        units = find_units(site, (key_of(row.values) for row in rows))
        ended = _ended_buildings(site, rows)
        states = _states_of(units.values())
        return [_verdict(row, units.get(_key(row)), ended, states) for row in rows]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Create and change units, their buildings and states."""
        created = [row for row, verdict in rows if verdict.outcome == Outcome.NEW]
        effects, units = _create(site, actor, created)
        changes = {
            verdict.target: {
                name: new for name, (_old, new) in verdict.changes.items() if name != "state"
            }
            for _row, verdict in rows
            if verdict.outcome == Outcome.CHANGED
        }
        changed = {unit: values for unit, values in changes.items() if values}
        effects += [_change(unit, values) for unit, values in changed.items()]
        bulk.change_units(site, actor, changed)
        states = [
            (verdict.target or units[_key(row)], row.values["state"], row.values["state_since"])
            for row, verdict in rows
            if row.values.get("state")
            and (verdict.outcome == Outcome.NEW or "state" in verdict.changes)
        ]
        return effects + _set_states(site, actor, states)

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove units that nothing refers to, and restore the values of others."""
        _undo_states(effects)
        _restore_units(site, actor, effects)
        _remove(Unit, [each for each in effects if each.subject_type == "unit"])
        _remove(Building, [each for each in effects if each.subject_type == "building"])


def _key(row: Staged) -> tuple[str, str]:
    return row.values["building"], row.values["unit"]


def _ended_buildings(site: Site, rows: Sequence[Staged]) -> set[str]:
    codes = {row.values["building"] for row in rows}
    ended = Building.objects.filter(site=site, code__in=codes).exclude(ended_at=None)
    return set(ended.values_list("code", flat=True))


def _states_of(units: Iterable[Unit]) -> dict[int, list[UnitState]]:
    found: dict[int, list[UnitState]] = {}
    for row in UnitState.objects.filter(unit__in=list(units)).order_by("begins_on"):
        found.setdefault(row.unit_id, []).append(row)
    return found


def _verdict(
    row: Staged, unit: Unit | None, ended: set[str], states: dict[int, list[UnitState]]
) -> Verdict:
    verdict, (building, _code) = Verdict(target=unit), _key(row)
    if building in ended:
        verdict.reject(_ended("building", building))
    elif unit is not None and unit.ended_at is not None:
        verdict.reject(_ended("unit", str(unit)))
    elif unit is not None:
        before = {name: getattr(unit, name) for name in bulk.UNIT_VALUES}
        if row.values.get("state"):
            before["state"] = _state_on(states.get(unit.pk, []), row.values["state_since"])
        verdict.compare(before, row.values)
        _check_areas(unit, row, verdict)
    return verdict


def _check_areas(unit: Unit, row: Staged, verdict: Verdict) -> None:
    """Check an area of the list against the other one, which the list may not have."""
    areas = [row.values.get(name) or getattr(unit, name) for name in _AREAS]
    try:
        require_areas(*areas)
    except Rejection as rejection:
        verdict.reject(rejection)


def _state_on(rows: Sequence[UnitState], day: date) -> str | None:
    before = [row.state for row in rows if row.begins_on <= day]
    return before[-1] if before else None


def _ended(field: str, place: str) -> Rejection:
    return Rejection(
        field,
        "has_ended",
        _("%(place)s has ended") % {"place": place},
        _("choose another one, or use it again first"),
    )


def _create(
    site: Site, actor: User, rows: Sequence[Staged]
) -> tuple[list[Effect], dict[tuple[str, str], Unit]]:
    codes = dict.fromkeys(row.values["building"] for row in rows)
    known = {each.code: each for each in Building.objects.filter(site=site, code__in=codes)}
    new = bulk.create_buildings(site, actor, [code for code in codes if code not in known])
    buildings = known | {each.code: each for each in new}
    units = bulk.create_units(site, actor, [_unit(row, buildings) for row in rows])
    effects = [Effect("building", each.pk) for each in new]
    effects += [Effect("unit", each.pk) for each in units]
    return effects, {_key(row): unit for row, unit in zip(rows, units, strict=True)}


def _unit(row: Staged, buildings: dict[str, Building]) -> Unit:
    values = {name: row.values.get(name) for name in bulk.UNIT_VALUES}
    given = {name: value for name, value in values.items() if value is not None}
    return Unit(building=buildings[row.values["building"]], code=row.values["unit"], **given)


def _change(unit: Unit, values: Values) -> Effect:
    before = {name: _plain(getattr(unit, name)) for name in values}
    return Effect("unit", unit.pk, before, {name: _plain(new) for name, new in values.items()})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _set_states(site: Site, actor: User, states: Sequence[tuple[Unit, str, date]]) -> list[Effect]:
    if not states:
        return []
    created, replaced = bulk.set_states(site, actor, states)
    return [
        *(Effect("unit_state", row.pk) for row in created),
        *(
            Effect("unit_state", row.pk, {"state": before}, {"state": row.state})
            for row, before in replaced
        ),
    ]


def _undo_states(effects: Sequence[Effect]) -> None:
    states = [each for each in effects if each.subject_type == "unit_state"]
    created = [each.subject_id for each in states if not each.before]
    UnitState.objects.filter(pk__in=created).delete()
    for effect in states:
        if effect.before:
            rows = UnitState.objects.filter(pk=effect.subject_id, state=effect.after["state"])
            rows.update(state=effect.before["state"])


def _restore_units(site: Site, actor: User, effects: Sequence[Effect]) -> None:
    changed = [each for each in effects if each.subject_type == "unit" and each.before]
    units = Unit.objects.select_related("building").in_bulk([each.subject_id for each in changed])
    restored = {}
    for effect in changed:
        unit = units[effect.subject_id]
        if any(_plain(getattr(unit, name)) != new for name, new in effect.after.items()):
            raise changed_since(str(unit))
        restored[unit] = {
            name: Decimal(old) if name in _DECIMALS and old is not None else old
            for name, old in effect.before.items()
        }
    if restored:
        bulk.change_units(site, actor, restored)


def _remove(model: type[Unit] | type[Building], effects: Sequence[Effect]) -> None:
    keys = [each.subject_id for each in effects if not each.before]
    if model is Building:
        # Units would go with their building.
        used = Unit.objects.filter(building__in=keys).select_related("building").first()
        if used is not None:
            raise in_use(str(used.building))
    model.objects.filter(pk__in=keys).delete()
