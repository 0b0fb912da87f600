"""Undo a list of people or companies: all or nothing, and nothing on which something hangs."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.imports import Effect, Values, changed_since, in_use
from core.models import Site, User
from estate.models import UnitState
from people.imports.writing import plain
from people.models import Company, Occupancy, PayerPeriod, Person

_PARSERS: dict[str, Callable[[str], Any]] = {
    "ends_on": date.fromisoformat,
    "born_on": date.fromisoformat,
    "share": Decimal,
}


def undo(site: Site, actor: User, effects: Sequence[Effect]) -> None:
    """Undo effects of a batch, of which the last come first.

    Raises:
        Rejection: something was changed since, or something hangs on a person.
    """
    by_type: dict[str, list[Effect]] = {}
    for effect in effects:
        by_type.setdefault(effect.subject_type, []).append(effect)
    if "move_out" in by_type:
        raise Rejection(
            "batch",
            "moved_out",
            _("people have moved out by this list, and their rights have ended"),
            _("register who stays on the unit's page"),
        )
    _undo_states(by_type.get("unit_state", []))
    payers = by_type.get("payer_period", [])
    created = [each.subject_id for each in payers if not each.after]
    PayerPeriod.objects.filter(pk__in=created).delete()
    _restore(PayerPeriod, [each for each in payers if each.after])
    _undo_occupancies(by_type.get("occupancy", []))
    _undo_holders(site, actor, Person, by_type.get("person", []))
    _undo_holders(site, actor, Company, by_type.get("company", []))


def _undo_states(effects: Sequence[Effect]) -> None:
    created = [each.subject_id for each in effects if not each.before]
    UnitState.objects.filter(pk__in=created).delete()
    for effect in effects:
        if effect.before:
            rows = UnitState.objects.filter(pk=effect.subject_id, state=effect.after["state"])
            rows.update(state=effect.before["state"])


def _undo_occupancies(effects: Sequence[Effect]) -> None:
    created = [each.subject_id for each in effects if not each.after]
    paying = PayerPeriod.objects.filter(occupancy__in=created)
    payer = paying.select_related("occupancy__person", "occupancy__company").first()
    if payer is not None:
        raise in_use(payer.occupancy.holder.name)
    Occupancy.objects.filter(pk__in=created).delete()
    _restore(Occupancy, [each for each in effects if each.after])


def _undo_holders(
    site: Site, actor: User, model: type[Person] | type[Company], effects: Sequence[Effect]
) -> None:
    rows: Any = model._default_manager
    _restore(model, [each for each in effects if each.after])
    created = [each.subject_id for each in effects if not each.after]
    for relation in model._meta.related_objects:
        related: Any = relation.related_model._default_manager
        used = related.filter(**{f"{relation.field.name}__in": created}).first()
        if used is not None:
            raise in_use(rows.get(pk=getattr(used, relation.field.attname)).name)
    rows.filter(pk__in=created).delete()
    subjects: list[tuple[audit.Subject, Values]]
    subjects = [((str(model._meta.model_name), pk), {}) for pk in created]
    audit.record_all(site, actor, "undo import", subjects)


def _restore(model: Any, effects: Sequence[Effect]) -> None:
    rows = model.objects.in_bulk([each.subject_id for each in effects])
    names: set[str] = set()
    for effect in effects:
        row = rows.get(effect.subject_id)
        if row is None or any(
            plain(getattr(row, name)) != new for name, new in effect.after.items()
        ):
            raise changed_since(str(getattr(row, "holder", row)))
        for name, old in effect.before.items():
            parse = _PARSERS.get(name)
            setattr(row, name, parse(old) if parse and old is not None else old)
            names.add(name)
    if names:
        model.objects.bulk_update(rows.values(), sorted(names), batch_size=200)
