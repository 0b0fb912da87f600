"""Write rows of people or companies and their places with a few statements for all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core import audit
from core.copying import copy_rows, new_row
from core.imports import Effect, Values
from core.models import Site, User
from estate import bulk
from estate.models import Bay, Unit, UnitState
from people.models import AnyPlace, Company, Holder, Occupancy, PayerPeriod, Person
from people.periods import today
from people.services.moves import move_out

#: What a row names its holder by.
HolderKey = tuple[str, str]
_TERMS = ("ends_on", "share")
Role = Occupancy.Role
State = UnitState.State


@dataclass(frozen=True)
class Holders:
    """Who occupies places by a list: people, or companies.

    Attributes:
        model: of the register.
        subject: its name in the audit log, and the field of an occupancy.
        details: fields that a list may change; an empty cell of a new row is the field's default.
        key: what a row names its holder by.
    """

    model: type[Person] | type[Company]
    subject: str
    details: tuple[str, ...]
    key: Callable[[Values], HolderKey]


@dataclass(frozen=True)
class Target:
    """What a row means: its holder and occupancy, None for what is new, and its unit or bay."""

    holder: Holder | None
    place: AnyPlace | None
    occupancy: Occupancy | None


@dataclass(frozen=True)
class Item:
    """A row to write: its values, what it means, and what it changes."""

    values: Values
    target: Target
    changes: Mapping[str, tuple[Any, Any]]


def write(site: Site, actor: User, items: Sequence[Item], holders: Holders) -> list[Effect]:
    """Write new holders and occupancies, and changes of existing ones."""
    new, effects = _register(site, actor, items, holders)
    effects += _change_details(site, actor, items, holders)
    effects += _change_terms(site, actor, items)
    begun = [
        (item, _occupancy(site, item, item.target.holder or new[holders.key(item.values)], holders))
        for item in items
        if item.target.place is not None and item.target.occupancy is None
    ]
    occupancies = copy_rows(occupancy for _item, occupancy in begun)
    paying = [(each, each.begins_on) for item, each in begun if item.values.get("pays")]
    paying += [
        (item.target.occupancy, max(item.target.occupancy.begins_on, today(site)))
        for item in items
        if item.target.occupancy is not None and "pays" in item.changes
    ]
    payers = copy_rows(_payer(each, day) for each, day in paying)
    _record_moves(site, actor, occupancies)
    effects += [Effect("occupancy", each.pk) for each in occupancies]
    effects += [Effect("payer_period", each.pk) for each in payers]
    return effects + _set_states(site, actor, occupancies)


def plain(value: Any) -> Any:
    """Return a value as plain JSON."""
    return value.isoformat() if isinstance(value, date) else value if value is None else str(value)


def _register(
    site: Site, actor: User, items: Sequence[Item], holders: Holders
) -> tuple[dict[HolderKey, Holder], list[Effect]]:
    """Register the new holders, each once, whatever number of rows names them."""
    new: dict[HolderKey, Holder] = {}
    for item in items:
        if item.target.holder is None:
            given = {name: item.values.get(name) for name in ("name", *holders.details)}
            known = {name: value for name, value in given.items() if value is not None}
            new.setdefault(
                holders.key(item.values), new_row(holders.model, {"site": site}, **known)
            )
    copy_rows(new.values())
    subjects: list[tuple[audit.Subject, Values]]
    subjects = [((holders.subject, each.pk), {}) for each in new.values()]
    audit.record_all(site, actor, f"register {holders.subject}", subjects)
    return new, [Effect(holders.subject, each.pk) for each in new.values()]


def _change_details(
    site: Site, actor: User, items: Sequence[Item], holders: Holders
) -> list[Effect]:
    effects: list[Effect] = []
    changed_holders: list[Any] = []
    for item in items:
        holder = item.target.holder
        changed = {name: pair for name, pair in item.changes.items() if name in holders.details}
        if holder is None or not changed:
            continue
        before = {name: plain(getattr(holder, name)) for name in changed}
        for name, (_old, new) in changed.items():
            setattr(holder, name, new)
        changed_holders.append(holder)
        after = {name: plain(new) for name, (_old, new) in changed.items()}
        effects.append(Effect(holders.subject, holder.pk, before, after))
    manager: Any = holders.model._default_manager
    manager.bulk_update(changed_holders, holders.details, batch_size=200)
    # The audit log names the fields, not their values, which are personal data.
    subjects = [
        ((holders.subject, each.subject_id), {"fields": sorted(each.after)}) for each in effects
    ]
    audit.record_all(site, actor, f"change {holders.subject}", subjects)
    return effects


def _occupancy(site: Site, item: Item, holder: Holder, holders: Holders) -> Occupancy:
    values = item.values
    place: Any = item.target.place
    return new_row(
        Occupancy,
        {"site": site, holders.subject: holder, _kind_of(place): place},
        role=values["role"],
        share=values.get("share"),
        begins_on=values["begins_on"],
        ends_on=values.get("ends_on"),
    )


def _payer(occupancy: Occupancy, begins_on: date) -> PayerPeriod:
    place = occupancy.place
    return new_row(
        PayerPeriod,
        {"occupancy": occupancy, _kind_of(place): place},
        begins_on=begins_on,
        ends_on=occupancy.ends_on,
    )


def _change_terms(site: Site, actor: User, items: Sequence[Item]) -> list[Effect]:
    """Set shares, later ends, and ends of occupancies: the latter as moves out."""
    effects, changed = [], []
    for item in items:
        occupancy = item.target.occupancy
        terms = {name: pair for name, pair in item.changes.items() if name in _TERMS}
        if occupancy is None or not terms:
            continue
        if "ends_on" in terms and _is_earlier(*terms["ends_on"]):
            old, end = terms.pop("ends_on")
            move_out(occupancy, actor, on=end)
            occupancy.ends_on = end
            effects.append(_effect("move_out", occupancy, {"ends_on": (old, end)}))
        for name, (_old, new) in terms.items():
            setattr(occupancy, name, new)
        if terms:
            changed.append(occupancy)
            effects.append(_effect("occupancy", occupancy, terms))
    Occupancy.objects.bulk_update(changed, _TERMS, batch_size=200)
    effects += _lengthen_payers(items)
    subjects = [(_subject(each), dict([_place(each)])) for each in changed]
    audit.record_all(site, actor, "change occupancy", subjects)
    return effects


def _is_earlier(old: date | None, new: date) -> bool:
    return old is None or new < old


def _effect(
    kind: str, row: Occupancy | PayerPeriod, terms: Mapping[str, tuple[Any, Any]]
) -> Effect:
    before = {name: plain(old) for name, (old, _new) in terms.items()}
    return Effect(kind, row.pk, before, {name: plain(new) for name, (_old, new) in terms.items()})


def _lengthen_payers(items: Sequence[Item]) -> list[Effect]:
    """Let who pays until the end of an occupancy pay until its later end."""
    later = {
        item.target.occupancy.pk: item.changes["ends_on"]
        for item in items
        if item.target.occupancy is not None
        and "ends_on" in item.changes
        and not _is_earlier(*item.changes["ends_on"])
    }
    rows = [
        row
        for row in PayerPeriod.objects.filter(occupancy__in=later)
        if row.ends_on == later[row.occupancy_id][0]
    ]
    effects = [_effect("payer_period", row, {"ends_on": later[row.occupancy_id]}) for row in rows]
    for row in rows:
        row.ends_on = later[row.occupancy_id][1]
    PayerPeriod.objects.bulk_update(rows, ["ends_on"], batch_size=200)
    return effects


def _record_moves(site: Site, actor: User, occupancies: Sequence[Occupancy]) -> None:
    """Audit each move at the holder and at the place, as a single move in is."""
    subjects: list[tuple[audit.Subject, dict[str, Any]]] = []
    for each in occupancies:
        day, place = each.begins_on.isoformat(), _place(each)
        subjects.append((_subject(each), {"on": day, **dict([place])}))
        subjects.append((place, {"on": day, "begun": [each.pk]}))
    audit.record_all(site, actor, "move in", subjects)


def _subject(occupancy: Occupancy) -> audit.Subject:
    if occupancy.person_id is not None:
        return "person", occupancy.person_id
    return "company", occupancy.company_id or 0


def _place(occupancy: Occupancy) -> tuple[str, int]:
    if occupancy.unit_id is not None:
        return "unit", occupancy.unit_id
    return "bay", occupancy.bay_id or 0


def _kind_of(place: AnyPlace | None) -> str:
    return "bay" if isinstance(place, Bay) else "unit"


def _set_states(site: Site, actor: User, occupancies: Iterable[Occupancy]) -> list[Effect]:
    """Let units be let or occupied from the day on which somebody begins to live there."""
    wanted: dict[Unit, tuple[str, date]] = {}
    for each in occupancies:
        if each.role == Role.WORKER or each.unit is None:
            continue
        state = State.LET if each.role == Role.TENANT else State.OCCUPIED
        known = wanted.get(each.unit)
        if known is None or (state == State.LET and known[0] != State.LET):
            wanted[each.unit] = (state, each.begins_on)
    latest = _latest_states(wanted)
    changed = [
        (unit, state, day)
        for unit, (state, day) in wanted.items()
        if _follows(latest.get(unit.pk), state, day)
    ]
    created, replaced = bulk.set_states(site, actor, changed)
    return [
        *(Effect("unit_state", row.pk) for row in created),
        *(
            Effect("unit_state", row.pk, {"state": before}, {"state": row.state})
            for row, before in replaced
        ),
    ]


def _latest_states(units: Iterable[Unit]) -> dict[int, UnitState]:
    rows = UnitState.objects.filter(unit__in=list(units)).order_by("unit_id", "-begins_on")
    return {row.unit_id: row for row in rows.distinct("unit_id")}


def _follows(latest: UnitState | None, state: str, day: date) -> bool:
    """Whether a state is news: a later state that staff have set stays, and a let unit is let."""
    if latest is None:
        return True
    if latest.begins_on > day or latest.state == state:
        return False
    return not (latest.state == State.LET and state == State.OCCUPIED)
