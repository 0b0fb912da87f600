"""Write the rows of the list of people with a few statements for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core import audit
from core.copying import copy_rows
from core.imports import Effect
from core.models import Site, User
from estate import bulk
from estate.models import Unit, UnitState
from people.imports.matching import PersonKey, person_key
from people.models import Occupancy, PayerPeriod, Person
from people.periods import today
from people.services.moves import move_out

_DETAILS = ("phone", "email", "born_on")
_TERMS = ("ends_on", "share")
Role = Occupancy.Role
State = UnitState.State


@dataclass(frozen=True)
class Target:
    """What a row means: its person and occupancy, None for what is new, and its unit."""

    person: Person | None
    unit: Unit | None
    occupancy: Occupancy | None


@dataclass(frozen=True)
class Item:
    """A row to write: its values, what it means, and what it changes."""

    values: Mapping[str, Any]
    target: Target
    changes: Mapping[str, tuple[Any, Any]]


def write(site: Site, actor: User, items: Sequence[Item]) -> list[Effect]:
    """Write new people and occupancies, and changes of existing ones."""
    people, effects = _register(site, actor, items)
    effects += _change_details(site, actor, items)
    effects += _change_terms(site, actor, items)
    begun = [
        (item, _occupancy(site, item, item.target.person or people[person_key(item.values)]))
        for item in items
        if item.target.unit is not None and item.target.occupancy is None
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
    site: Site, actor: User, items: Sequence[Item]
) -> tuple[dict[PersonKey, Person], list[Effect]]:
    """Register the new people, each once, whatever number of rows names them."""
    new: dict[PersonKey, Person] = {}
    for item in items:
        if item.target.person is None:
            values = item.values
            new.setdefault(
                person_key(values),
                Person(
                    site=site,
                    name=values["name"],
                    phone=values.get("phone") or "",
                    email=values.get("email") or "",
                    born_on=values.get("born_on"),
                ),
            )
    copy_rows(new.values())
    audit.record_all(
        site, actor, "register person", [(("person", each.pk), {}) for each in new.values()]
    )
    return new, [Effect("person", each.pk) for each in new.values()]


def _change_details(site: Site, actor: User, items: Sequence[Item]) -> list[Effect]:
    effects, people = [], []
    for item in items:
        person = item.target.person
        changed = {name: pair for name, pair in item.changes.items() if name in _DETAILS}
        if person is None or not changed:
            continue
        before = {name: plain(getattr(person, name)) for name in changed}
        for name, (_old, new) in changed.items():
            setattr(person, name, new)
        people.append(person)
        after = {name: plain(new) for name, (_old, new) in changed.items()}
        effects.append(Effect("person", person.pk, before, after))
    Person.objects.bulk_update(people, _DETAILS, batch_size=200)
    # The audit log names the fields, not their values, which are personal data.
    subjects = [(("person", each.subject_id), {"fields": sorted(each.after)}) for each in effects]
    audit.record_all(site, actor, "change person", subjects)
    return effects


def _occupancy(site: Site, item: Item, person: Person) -> Occupancy:
    values = item.values
    return Occupancy(
        site=site,
        unit=item.target.unit,
        person=person,
        role=values["role"],
        share=values.get("share"),
        begins_on=values["begins_on"],
        ends_on=values.get("ends_on"),
    )


def _payer(occupancy: Occupancy, begins_on: date) -> PayerPeriod:
    return PayerPeriod(
        occupancy=occupancy,
        unit=occupancy.unit,
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
    subjects = [(("person", each.person_id or 0), {"unit": each.unit_id}) for each in changed]
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
    """Audit each move at the person and at the unit, as a single move in is."""
    subjects: list[tuple[audit.Subject, dict[str, Any]]] = []
    for each in occupancies:
        day = each.begins_on.isoformat()
        subjects.append((("person", each.person_id or 0), {"on": day, "unit": each.unit_id}))
        subjects.append((("unit", each.unit_id or 0), {"on": day, "begun": [each.pk]}))
    audit.record_all(site, actor, "move in", subjects)


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
