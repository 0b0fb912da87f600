"""Make decisions: from a plate read to a decision, and from the decision to the barrier."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from access import checks, selectors, topics
from access.context import CheckResult, DecisionContext, PlateRecord
from access.events import Decided
from access.models import MAX_DELAY, Decision, Passage, PlateRead
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


# Without a savepoint: at a gate this is always part of a transaction, and a savepoint costs two
# round trips.
@transaction.atomic(savepoint=False)
def decide(passage: Passage, read: PlateRead, *, re_evaluated: bool = False) -> Decision:
    """Run the checks for a passage, store the decision and carry it out.

    Args:
        re_evaluated: the car was decided before and is known to be standing at the lane still: the
            rules are applied as of now, and the message is never late.
    """
    started = time.perf_counter_ns()
    context = build_context(passage, read, re_evaluated=re_evaluated)
    rule, result, trace = checks.evaluate(context)
    took_us = (time.perf_counter_ns() - started) // 1000
    return record_decision(context, rule, result, trace=trace, took_us=took_us)


def build_context(
    passage: Passage, read: PlateRead, *, re_evaluated: bool = False
) -> DecisionContext:
    """Collect what the checks need, and adopt the only look-alike plate on file."""
    lane = passage.lane
    records = selectors.plate_records(passage.site_id, passage.plate)
    records = _adopt_look_alike(passage, read, records + checks.records_from_sources(passage))
    now = clock.now()
    by_hand = read.source == PlateRead.Source.GUARD
    return DecisionContext(
        passage=passage,
        lane=lane,
        lot=lane.lot,
        now=now,
        at=now if re_evaluated else passage.seen_at,
        certain=_is_certain(passage, read, lane, records),
        late=not re_evaluated and not by_hand and _is_delayed(passage, now),
        records=records,
        re_evaluated=re_evaluated,
    )


def record_decision(
    context: DecisionContext,
    rule: str,
    result: CheckResult,
    *,
    trace: list[dict[str, object]] | None = None,
    took_us: int = 0,
    actor: User | None = None,
    reason: str = "",
) -> Decision:
    """Store a decision, send the open command it asks for, and notify apps and pages."""
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
        command=_send_open_command(context.lane, rule, actor, reason)
        if outcome == Decision.Outcome.OPEN
        else None,
    )
    passage.state = _state_after(decision, context.lane)
    passage.save(update_fields=["plate", "folded", "confidence", "state"])
    if rule == "reread":
        _end_earlier_passage(passage, result.facts or {})
    publish(Decided(passage, decision, context))
    announce_passage(passage)
    return decision


def announce_passage(passage: Passage) -> None:
    """Notify open pages that the passage, and with it its lane, has changed."""
    live.announce(topics.LANE, passage.site_id, passage.lane_id)


def _send_open_command(lane: Lane, rule: str, actor: User | None, reason: str) -> Command | None:
    if lane.barrier is None:
        return None
    sender = actor.get_username() if actor else "decision"
    return commands.send(lane.barrier, "open", {}, actor=sender, reason=reason or rule)


def _state_after(decision: Decision, lane: Lane) -> str:
    if decision.outcome == Decision.Outcome.OPEN and lane.barrier is None:
        return Passage.State.OPEN
    return STATE_OF[Decision.Outcome(decision.outcome)]


def _end_earlier_passage(passage: Passage, facts: dict[str, Any]) -> None:
    """End the car's earlier passage: the newer one now stands for the same car.

    A passage locked by another transaction is left alone: this one holds the lane and must not
    wait.
    """
    older = Passage.objects.filter(pk=facts["passage"], ended_at__isnull=True)
    older = older.select_for_update(skip_locked=True)
    Passage.objects.filter(pk__in=older).update(state=Passage.State.REREAD, ended_at=passage.at)


def _adopt_look_alike(
    passage: Passage, read: PlateRead, records: list[PlateRecord]
) -> list[PlateRecord]:
    """Adopt the only look-alike plate on file; keep the reading if several match.

    A look-alike on the block list is returned but never adopted: no car is refused for another
    car's plate, and no blocked car is admitted by a misread.

    Returns:
        The records that apply to the passage's plate afterwards.
    """
    exact = [record for record in records if record.plate == passage.plate]
    if exact or read.source == PlateRead.Source.GUARD:
        return exact
    in_force = [record for record in records if record.is_valid(passage.seen_at)]
    plates = {record.plate for record in in_force}
    if len(plates) != 1 or all(record.kind == "block" for record in in_force):
        return [record for record in in_force if record.kind == "block"]
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
    return [record for record in records if record.plate == passage.plate]


def _is_certain(passage: Passage, read: PlateRead, lane: Lane, records: list[PlateRecord]) -> bool:
    if not passage.plate:
        return False
    if read.source == PlateRead.Source.GUARD:
        return True
    by_reader = read.source == PlateRead.Source.READER
    limit = lane.reader_limit if by_reader else lane.camera_limit
    # A misread rarely matches a plate on file, so a lower confidence is sufficient there.
    on_file = any(r.kind != "block" and r.is_valid(passage.seen_at) for r in records)
    if by_reader and not on_file and not read.format_name:
        return False
    limit = min(limit, lane.known_limit) if on_file else limit
    return round(passage.confidence * 100) >= limit


def _is_delayed(passage: Passage, now: datetime) -> bool:
    """Whether the message was delayed for too long, by the device's corrected clock.

    It was not if the device's own time is near ours: one message with a wrong time changes the
    measured offset, and the correct messages after it must not be late.
    """
    if abs(now - passage.at) <= MAX_DELAY:
        return False
    offset = (passage.device.clock_offset_ms or 0) if passage.device else 0
    sent = passage.at - timedelta(milliseconds=offset)
    return now - sent > MAX_DELAY
