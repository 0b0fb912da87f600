"""Count a visitor's entries at the edge of the site, whichever lane or door they pass first."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from access.models import VisitorPass
from core import clock, live
from doors.context import DoorFacts, VisitFacts
from doors.models import DoorPassage, VisitCrossing
from doors.topics import VISIT
from doors.visits import notices
from doors.visits.presence import Account, Crossing, account_of, begins_entry

_KINDS = {
    "people_gate": VisitCrossing.Kind.GATE,
    "turnstile": VisitCrossing.Kind.GATE,
    "entrance": VisitCrossing.Kind.ENTRANCE,
}


def visit_at(visit_id: int, door: DoorFacts, at: datetime) -> VisitFacts:
    """Return what a door needs to know of a visit; nobody else counts its entries meanwhile."""
    visit = locked(visit_id)
    crossings = _crossings(visit)
    kind = _KINDS.get(door.type)
    begins = False
    if kind is not None:
        begins = begins_entry(crossings, Crossing(at, "now", door.direction, kind))
    return VisitFacts(
        is_approved=visit.is_approved,
        is_inside=visit.entered_at is not None,
        entries_left=visit.entries_allowed - visit.entries_used,
        begins_entry=begins,
        companions=visit.companions,
    )


def cross_door(passage: DoorPassage, door: DoorFacts) -> None:
    """Note that a visitor has passed a door, in the passage's transaction."""
    kind = _KINDS.get(door.type)
    if kind is not None and passage.visit_id is not None:
        key = f"door:{passage.pk}"
        cross(passage.visit_id, key=key, at=passage.at, way=door.direction, kind=kind)


def cross(visit_id: int, *, key: str, at: datetime, way: str, kind: str) -> VisitorPass:
    """Note that a visitor came in or left; the same key counts once.

    Call it in a transaction.
    """
    visit = locked(visit_id)
    VisitCrossing.objects.update_or_create(
        visit=visit, key=key, defaults={"at": at, "way": way, "kind": kind}
    )
    return _recount(visit)


def forget(visit_id: int, key: str) -> None:
    """Take back that a visitor passed, such as a car that turned back at the barrier."""
    visit = locked(visit_id)
    if VisitCrossing.objects.filter(visit=visit, key=key).delete()[0]:
        _recount(visit)


def locked(visit_id: int) -> VisitorPass:
    """Return a visit, locked until the end of the transaction."""
    rows = VisitorPass.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("site").get(pk=visit_id)


def _crossings(visit: VisitorPass) -> list[Crossing]:
    rows = VisitCrossing.objects.filter(visit=visit)
    return [Crossing(*row) for row in rows.values_list("at", "key", "way", "kind")]


def _recount(visit: VisitorPass) -> VisitorPass:
    """Count the entries on foot anew, and tell the host who has come or gone."""
    was_inside, now = visit.entered_at is not None, account_of(_crossings(visit))
    _set(visit, now)
    if was_inside != (now.entered_at is not None):
        notices.tell_host(visit)
        live.announce(VISIT, visit.site_id, visit.pk)
    return visit


def _set(visit: VisitorPass, now: Account) -> None:
    """Set the counts; what a device has let in beyond the allowed is not counted."""
    by_car = visit.entries_used - visit.entries_on_foot
    on_foot = min(now.on_foot, visit.entries_allowed - by_car)
    visit.entries_on_foot, visit.entries_used = on_foot, by_car + on_foot
    visit.is_on_foot = now.is_on_foot and on_foot > 0
    visit.entered_at, visit.left_at = now.entered_at, now.left_at
    visit.save(
        update_fields=["entries_on_foot", "entries_used", "is_on_foot", "entered_at", "left_at"]
    )


def inside_with(site_id: int, plate: str) -> Iterable[int]:
    """Return the visits with a plate whose visitors are inside, by key."""
    rows = VisitorPass.objects.filter(site=site_id, plate=plate, entered_at__isnull=False)
    return rows.order_by("pk").values_list("pk", flat=True)


def is_current() -> Q:
    """Return the condition on visits that may still be used, or whose visitors are inside."""
    return Q(entered_at__isnull=False) | Q(ends_at__gt=clock.now(), cancelled_at=None)
