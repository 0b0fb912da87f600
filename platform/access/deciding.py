"""From a plate to a decision, and from the decision to the barrier."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from access import checks, selectors
from access.context import CheckResult, DecisionContext, Known
from access.events import Decided
from access.models import LATE, Decision, Passage, PlateRead
from core import clock, live
from core.events import publish
from core.models import User
from devices import commands
from devices.models import Command
from estate.models import Lane

STATE_OF = {
    Decision.Outcome.OPEN: Passage.State.OPENING,
    Decision.Outcome.HOLD: Passage.State.HELD,
    Decision.Outcome.PAY: Passage.State.UNPAID,
    Decision.Outcome.REFUSE: Passage.State.REFUSED,
}


# Without a savepoint: at a gate it is always part of a transaction, and each costs two round trips.
@transaction.atomic(savepoint=False)
def decide(passage: Passage, read: PlateRead, *, waits: bool = False) -> Decision:
    """Ask the checks in order about the passage as it was read, store the answer and act on it.

    Args:
        waits: the car is known to stand at the lane still: it is judged as of now, and never late.
    """
    started = time.perf_counter_ns()
    context = look(passage, read, waits=waits)
    rule, result, trace = checks.ask(context)
    took_us = (time.perf_counter_ns() - started) // 1000
    return conclude(context, rule, result, trace=trace, took_us=took_us)


def look(passage: Passage, read: PlateRead, *, waits: bool = False) -> DecisionContext:
    """Gather what the checks need; a plate that is a known one's only look-alike becomes it."""
    lane = passage.lane
    known = selectors.known_plates(passage.site_id, passage.plate) + checks.known_beyond(passage)
    known = _settle_look_alike(passage, read, known)
    now = clock.now()
    by_hand = read.source == PlateRead.Source.GUARD
    return DecisionContext(
        passage=passage,
        lane=lane,
        lot=lane.lot,
        now=now,
        at=now if waits else passage.seen_at,
        certain=_is_certain(passage, read, lane, known),
        late=not waits and not by_hand and _is_late(passage, now),
        known=known,
        again=waits,
    )


def conclude(
    context: DecisionContext,
    rule: str,
    result: CheckResult,
    *,
    trace: list[dict[str, object]] | None = None,
    took_us: int = 0,
    actor: User | None = None,
    reason: str = "",
) -> Decision:
    """Store a decision, send the open command where it says so, and tell the apps and the pages."""
    passage = context.passage
    outcome = result.outcome or Decision.Outcome.HOLD
    decision = Decision.objects.create(
        passage=passage,
        outcome=outcome,
        rule=rule,
        facts=result.facts or {},
        trace=trace or [],
        plate=passage.plate,
        at=context.now,
        took_us=took_us,
        actor=actor,
        reason=reason,
        command=_open(context.lane, rule, actor, reason)
        if outcome == Decision.Outcome.OPEN
        else None,
    )
    passage.state = _state_after(decision, context.lane)
    passage.save(update_fields=["plate", "folded", "confidence", "state"])
    if rule == "reread":
        _take_over(passage, result.facts or {})
    publish(Decided(passage, decision, context))
    tell(passage)
    return decision


def tell(passage: Passage) -> None:
    """Tell the open pages that the passage, and so its lane, changed."""
    live.announce(passage.site_id, "lane", id=passage.lane_id, passage=passage.pk)


def _open(lane: Lane, rule: str, actor: User | None, reason: str) -> Command | None:
    if lane.barrier is None:
        return None
    who = actor.get_username() if actor else "decision"
    return commands.send(lane.barrier, "open", {}, actor=who, reason=reason or rule)


def _state_after(decision: Decision, lane: Lane) -> str:
    if decision.outcome == Decision.Outcome.OPEN and lane.barrier is None:
        return Passage.State.OPEN
    return STATE_OF[Decision.Outcome(decision.outcome)]


def _take_over(passage: Passage, facts: dict[str, Any]) -> None:
    """Let the newer passage stand for the car: the older is the same car, read before.

    Whoever has the older one in hand keeps it: the lane is locked, and is not to wait for them.
    """
    older = Passage.objects.filter(pk=facts["passage"], ended_at__isnull=True)
    older = older.select_for_update(skip_locked=True)
    Passage.objects.filter(pk__in=older).update(state=Passage.State.REREAD, ended_at=passage.at)


def _settle_look_alike(passage: Passage, read: PlateRead, known: list[Known]) -> list[Known]:
    """Take the one known plate that looks like the text; with two of them nobody can tell.

    Of the block list a look-alike is known, but never taken: no car is refused for another's
    plate, and no blocked one slips in by a misread.
    """
    exact = [k for k in known if k.plate == passage.plate]
    if exact or read.source == PlateRead.Source.GUARD:
        return exact
    in_force = [k for k in known if k.holds(passage.seen_at)]
    plates = {k.plate for k in in_force}
    if len(plates) != 1 or all(k.kind == "block" for k in in_force):
        return [k for k in in_force if k.kind == "block"]
    passage.plate = plates.pop()
    PlateRead.objects.create(
        passage=passage,
        source=PlateRead.Source.MATCH,
        raw_text=read.raw_text,
        text=passage.plate,
        confidence=read.confidence,
        colour=read.colour,
        device_at=read.device_at,
        received_at=clock.now(),
    )
    return [k for k in known if k.plate == passage.plate]


def _is_certain(passage: Passage, read: PlateRead, lane: Lane, known: list[Known]) -> bool:
    if not passage.plate:
        return False
    if read.source == PlateRead.Source.GUARD:
        return True
    ours = read.source == PlateRead.Source.READER
    own = lane.reader_limit if ours else lane.camera_limit
    # A misread seldom spells a plate that the site knows, so less is enough there.
    welcome = any(k.kind != "block" and k.holds(passage.seen_at) for k in known)
    if ours and not welcome and not read.format_name:
        return False
    limit = min(own, lane.known_limit) if welcome else own
    return round(passage.confidence * 100) >= limit


def _is_late(passage: Passage, now: datetime) -> bool:
    """Whether the message was under way too long, by the device's clock set right."""
    offset = (passage.device.clock_offset_ms or 0) if passage.device else 0
    sent = passage.at - timedelta(milliseconds=offset)
    return now - sent > LATE
