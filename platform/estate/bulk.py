"""Create and change many units with a few statements; rows are validated before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import audit
from core.copying import copy_rows
from core.models import Site
from estate.models import Building, Unit, UnitState
from estate.services.common import Actor

#: The values of a unit that a list may change.
UNIT_VALUES = ("use", "floor", "built_up_area", "usable_area", "coefficient")


def create_buildings(site: Site, actor: Actor, codes: Iterable[str]) -> list[Building]:
    """Create buildings of these codes, named in the site's language."""
    with override(site.language or settings.LANGUAGE_CODE):
        buildings = Building.objects.bulk_create(
            Building(site=site, code=code, name=_("Building %(code)s") % {"code": code})
            for code in codes
        )
    subjects = [(("building", each.pk), {"code": each.code}) for each in buildings]
    audit.record_all(site, actor, "create building", subjects)
    return buildings


def create_units(site: Site, actor: Actor, units: Sequence[Unit]) -> list[Unit]:
    """Create units in buildings of the site."""
    created = copy_rows(units)
    subjects = [(("unit", each.pk), {"code": each.code}) for each in created]
    audit.record_all(site, actor, "create unit", subjects)
    return created


def change_units(site: Site, actor: Actor, changes: Mapping[Unit, Mapping[str, Any]]) -> None:
    """Set values of units; the audit log has them before and after."""
    subjects = []
    for unit, values in changes.items():
        detail = {name: [_plain(getattr(unit, name)), _plain(new)] for name, new in values.items()}
        subjects.append((("unit", unit.pk), detail))
        for name, new in values.items():
            setattr(unit, name, new)
    Unit.objects.bulk_update(list(changes), UNIT_VALUES, batch_size=200)
    audit.record_all(site, actor, "change unit", subjects)


def states_on(units: Iterable[Unit], day: date) -> dict[int, UnitState]:
    """Return the state of each unit on a day, by the unit's key."""
    rows = UnitState.objects.filter(unit__in=list(units), begins_on__lte=day)
    latest = rows.order_by("unit_id", "-begins_on").distinct("unit_id")
    return {row.unit_id: row for row in latest}


def set_states(
    site: Site, actor: Actor, wanted: Iterable[tuple[Unit, str, date]]
) -> tuple[list[UnitState], list[tuple[UnitState, str]]]:
    """Set the states of units from days on, until their next ones.

    Returns:
        The rows that were created, and those of the same day that were replaced, with the state
        that they had before.
    """
    items = list(wanted)
    existing = {
        (row.unit_id, row.begins_on): row
        for row in UnitState.objects.filter(unit__in=[unit for unit, _state, _day in items])
    }
    created, replaced = [], []
    for unit, state, day in items:
        row = existing.get((unit.pk, day))
        if row is None:
            created.append(UnitState(unit=unit, state=state, begins_on=day))
        elif row.state != state:
            replaced.append((row, row.state))
            row.state = state
    copy_rows(created)
    UnitState.objects.bulk_update([row for row, _before in replaced], ["state"], batch_size=200)
    rows = [*created, *(row for row, _before in replaced)]
    subjects = [
        (("unit", row.unit_id), {"state": row.state, "begins_on": row.begins_on.isoformat()})
        for row in rows
    ]
    audit.record_all(site, actor, "set unit state", subjects)
    return created, replaced


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int) else str(value)
