"""Visitors who come and go by car: what is decided at lanes counts for the visit."""

from django.db.models import F

from access.events import Decided, PassageChanged
from access.models import Decision, Passage, VisitorPass
from core.events import subscribe
from doors.models import VisitCrossing
from doors.visits import entries
from doors.visits.presence import IN, LANE, OUT


def register() -> None:
    """Subscribe to decisions about cars, and to cars that turn back."""
    subscribe(Decided, _decided)
    subscribe(PassageChanged, _changed)


def _decided(event: Decided) -> None:
    """Note that a visitor's car was let in or out."""
    passage, decision = event.passage, event.decision
    if decision.outcome != Decision.Outcome.OPEN or not passage.plate or passage.is_test:
        return
    way = IN if passage.direction == "entry" else OUT
    for visit_id in _entering(passage, decision) if way == IN else _leaving(passage):
        entries.cross(visit_id, key=_key(passage), at=passage.seen_at, way=way, kind=LANE)


def _changed(event: PassageChanged) -> None:
    """Take back what a car did not do that turned back at the barrier."""
    if event.movement != "turned_back" or not event.passage.plate:
        return
    key = _key(event.passage)
    rows = VisitCrossing.objects.filter(key=key, visit__site=event.passage.site_id)
    for visit_id in list(rows.order_by("visit").values_list("visit", flat=True)):
        entries.forget(visit_id, key)


def _key(passage: Passage) -> str:
    return f"lane:{passage.pk}"


def _entering(passage: Passage, decision: Decision) -> list[int]:
    """Return the visit by whose pass a car comes in: by the rule, or by a guard's hand."""
    if decision.rule == "visitor_pass":
        return [decision.facts["entry"]] if "entry" in decision.facts else []
    if decision.actor_id is None:
        return []
    rows = VisitorPass.objects.filter(
        site=passage.site_id,
        plate=passage.plate,
        state=VisitorPass.State.APPROVED,
        cancelled_at=None,
        begins_at__lte=passage.seen_at,
        ends_at__gt=passage.seen_at,
        entries_used__gt=F("entries_on_foot"),
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:1])


def _leaving(passage: Passage) -> list[int]:
    return list(entries.inside_with(passage.site_id, passage.plate))
