"""What the page of a unit or a bay shows of its people, states, areas and meters."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core import audit, clock
from core.models import AuditEntry
from estate.models import Unit, UnitState
from estate.selectors import state_on
from metering.permissions import MeteringPermission
from metering.selectors import meters_of_unit
from people.directory import occupancies_there, payer_periods_of
from people.models import AnyPlace, Occupancy
from people.periods import last_day, today
from people.permissions import PeoplePermission
from people.selectors import household, vehicles_at
from ui.pages import SiteRequest

_AREAS = ("built_up_area", "usable_area")


@dataclass(frozen=True)
class Event:
    """What began or ended at a place on a day.

    Attributes:
        kind: ``begin`` or ``end`` of an occupancy, ``state``, or ``area``.
        what: the occupancy, the state's row, or the audit entry of the correction.
    """

    day: date
    kind: str
    what: Any


def context_of(request: SiteRequest, place: AnyPlace) -> dict[str, Any]:
    """Return what the page shows of a unit or bay, as far as the user may see it.

    Showing who lives there is audited.
    """
    permitted = request.site_permissions
    found: dict[str, Any] = {}
    is_unit = isinstance(place, Unit)
    if isinstance(place, Unit):
        found |= {"state": state_on(place, today(place.site)), "states": _states(place)}
        if MeteringPermission.VIEW_METERS in permitted:
            found["meters"] = meters_of_unit(place)
    if PeoplePermission.VIEW_PEOPLE in permitted:
        found |= _people(place)
        audit.record_read(request.site, request.user, f"read {place.kind}", (place.kind, place.pk))
    occupancies = found.get("occupancies", [])
    found["timeline"] = timeline(place, occupancies) if is_unit or occupancies else []
    return found


def _people(place: AnyPlace) -> dict[str, Any]:
    """Return who is registered there now, who lives there, the cars, and who pays."""
    day, rows = today(place.site), list(occupancies_there(place))
    found: dict[str, Any] = {
        "occupancies": rows,
        "present": [row for row in rows if _holds(row, day)],
        "payers": payer_periods_of(place),
    }
    if isinstance(place, Unit):
        found |= {"household": household(place, day), "cars": vehicles_at(place)}
    return found


def timeline(place: AnyPlace, occupancies: list[Occupancy]) -> list[Event]:
    """Return the occupancies, states and corrected areas of a place, the latest first."""
    events = [Event(each.begins_on, "begin", each) for each in occupancies]
    ended = ((last_day(each.ends_on), each) for each in occupancies)
    events += [Event(day, "end", each) for day, each in ended if day is not None]
    if isinstance(place, Unit):
        events += [Event(row.begins_on, "state", row) for row in place.states.all()]
        events += [Event(_day_of(entry, place), "area", entry) for entry in corrections(place)]
    return sorted(events, key=lambda event: event.day, reverse=True)


def corrections(unit: Unit) -> list[AuditEntry]:
    """Return the audit entries of corrections of a unit's areas, the latest first."""
    rows = audit.history(unit.site, ("unit", unit.pk)).filter(action="change unit")
    return [
        row for row in rows.order_by("-at", "-pk") if any(each in row.detail for each in _AREAS)
    ]


def _states(unit: Unit) -> list[UnitState]:
    return list(unit.states.order_by("-begins_on"))


def _holds(occupancy: Occupancy, day: date) -> bool:
    return occupancy.begins_on <= day and (occupancy.ends_on is None or day < occupancy.ends_on)


def _day_of(entry: AuditEntry, place: AnyPlace) -> date:
    return clock.local(entry.at, place.site.timezone).date()
