"""Make decisions: from a plate read to a decision, and from the decision to the barrier."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from access import checks, selectors, topics
from access.context import CheckResult, DecisionContext, PlateRecord
from access.events import Decided
from access.matching import MAX_TIME_AT_LANE
from access.models import Decision, Passage, PlateRead
from core import clock, live
from core.copying import insert_rows
from core.events import publish_together
from core.models import User
from core.plates import fold, normalise
from devices import commands
from devices.clocks import MAX_DELAY
from devices.models import Command
from devices.vision.certainty import WAIVED
from estate.models import Lane

# A test car is recorded without a decision about it (access.test_cars).
_RECORD_TEST: tuple[str, CheckResult, list[dict[str, object]]] = (
    "test_car",
    CheckResult(Decision.Outcome.RECORD, {}),
    [],
)
# It runs for every car at every lane; as plain SQL it spares the time of building a query.
_STORE_STATES = """
UPDATE access_passage AS passage
SET plate = new.plate, folded = new.folded, confidence = new.confidence, state = new.state
FROM unnest(%(ids)s::bigint[], %(plates)s::text[], %(folded)s::text[],
            %(confidences)s::float8[], %(states)s::text[])
    AS new (id, plate, folded, confidence, state)
WHERE passage.id = new.id
"""
# Records whose plate a read that only looks like it never takes.
NEVER_ADOPTED = ("block", "inside")
STATE_OF = {
    Decision.Outcome.OPEN: Passage.State.OPENING,
    Decision.Outcome.HOLD: Passage.State.HELD,
    Decision.Outcome.PAY: Passage.State.UNPAID,
    Decision.Outcome.REFUSE: Passage.State.REFUSED,
    Decision.Outcome.RECORD: Passage.State.REREAD,
}


@dataclass(frozen=True, slots=True)
class Made:
    """What was decided about a car; nothing of it is stored yet.

    Attributes:
        actor: the person who decided; None where the checks did.
    """

    context: DecisionContext
    rule: str
    result: CheckResult
    trace: list[dict[str, object]] = field(default_factory=list)
    took_us: int = 0
    actor: User | None = None
    reason: str = ""

    @property
    def outcome(self) -> Decision.Outcome:
        """What is to be done; a car without an outcome is held for the guard."""
        return self.result.outcome or Decision.Outcome.HOLD

    @property
    def opens_barrier(self) -> bool:
        """Whether a command is sent for the car."""
        context = self.context
        opens = self.outcome == Decision.Outcome.OPEN and context.lane.barrier is not None
        return opens and is_at_lane(context.passage, context.now)


# Without a savepoint: at a gate this is always part of a transaction, and a savepoint costs two
# round trips.
@transaction.atomic(savepoint=False)
def decide(
    passage: Passage, read: PlateRead, *, re_evaluated: bool = False, failure: str = ""
) -> Decision:
    """Run the checks for a passage, store the decision and carry it out.

    Args:
        re_evaluated: the car was decided before and is known to be standing at the lane still: the
            rules are applied as of now, and the message is never late.
        failure: what kept the plate reader from reading the photo (`devices.vision.failures`).
    """
    (context,) = build_contexts([(passage, read)], re_evaluated=re_evaluated)
    context.failure = failure
    return decide_in([context])[0]


@transaction.atomic(savepoint=False)
def decide_in(contexts: Sequence[DecisionContext]) -> list[Decision]:
    """Run the checks in each context in turn, then store the decisions and carry them out."""
    return record_decisions([_make(context) for context in contexts])


def _make(context: DecisionContext) -> Made:
    started = time.perf_counter_ns()
    rule, result, trace = _RECORD_TEST if context.passage.is_test else checks.evaluate(context)
    took_us = context.reading_us + (time.perf_counter_ns() - started) // 1000
    made = Made(context, rule, result, trace, took_us)
    context.outcome, context.rule = made.outcome, rule
    return made


def build_contexts(
    seen: Sequence[tuple[Passage, PlateRead]], *, re_evaluated: bool = False
) -> list[DecisionContext]:
    """Collect what the checks need about cars that are decided about together.

    The only look-alike plate on file is adopted.
    """
    started = time.perf_counter_ns()
    plates = [(passage.site_id, passage.folded) for passage, _read in seen]
    on_file = selectors.records_of_plates(plates)
    more = checks.records_from_sources([passage for passage, _read in seen])
    now = clock.now()
    contexts = []
    for (passage, read), plate in zip(seen, plates, strict=True):
        records = [*on_file.get(plate, ()), *more.get(passage.pk, ())]
        contexts.append(_context(passage, read, records, now, re_evaluated=re_evaluated))
    share_us = (time.perf_counter_ns() - started) // 1000 // len(contexts)
    for context in contexts:
        context.together, context.reading_us = contexts, share_us
    return contexts


def _context(
    passage: Passage,
    read: PlateRead,
    records: list[PlateRecord],
    now: datetime,
    *,
    re_evaluated: bool,
) -> DecisionContext:
    lane = passage.lane
    records = _adopt_look_alike(passage, read, records)
    return DecisionContext(
        passage=passage,
        lane=lane,
        lot=lane.lot,
        now=now,
        at=now if re_evaluated else passage.seen_at,
        certain=_is_certain(passage, read, lane, records),
        doubt=_doubt(passage, read, records),
        late=_is_late(passage, read, now, re_evaluated=re_evaluated),
        records=records,
        re_evaluated=re_evaluated,
    )


def record_decisions(made: Sequence[Made]) -> list[Decision]:
    """Store decisions, send the open commands they ask for, and notify apps and pages."""
    commands_sent = _send_open_commands([each for each in made if each.opens_barrier])
    stored = insert_rows(
        _decision(each, commands_sent.get(each.context.passage.pk)) for each in made
    )
    for each, decision in zip(made, stored, strict=True):
        each.context.passage.state = _state_after(decision)
    _store_states([each.context.passage for each in made])
    for each in made:
        if each.rule == "reread" and each.outcome == Decision.Outcome.OPEN:
            _end_earlier_passage(each.context.passage, each.result.facts or {})
    publish_together(
        [
            Decided(each.context.passage, decision, each.context)
            for each, decision in zip(made, stored, strict=True)
        ]
    )
    for each in made:
        announce_passage(each.context.passage)
    return stored


def _decision(made: Made, command: Command | None) -> Decision:
    return Decision(
        passage=made.context.passage,
        outcome=made.outcome,
        rule=made.rule,
        facts=made.result.facts or {},
        trace=made.trace,
        plate=made.context.passage.plate,
        at=made.context.now,
        took_us=made.took_us,
        actor=made.actor,
        reason=made.reason,
        command=command,
    )


def _store_states(passages: Sequence[Passage]) -> None:
    values: dict[str, Any] = {
        "ids": [each.pk for each in passages],
        "plates": [each.plate for each in passages],
        "folded": [each.folded for each in passages],
        "confidences": [each.confidence for each in passages],
        "states": [str(each.state) for each in passages],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE_STATES, values)


def record_late(contexts: Sequence[DecisionContext]) -> None:
    """Store the decisions about records of a time that is over, and notify apps and pages.

    The result is that of `decide_in` for each: no barrier opens, and a person may look into it.
    """
    made = []
    for context in contexts:
        rule, result, trace = checks.evaluate(context)
        made.append(_decision(Made(context, rule, result, trace, context.reading_us), None))
    stored = insert_rows(made)
    publish_together(
        [
            Decided(context.passage, decision, context)
            for context, decision in zip(contexts, stored, strict=True)
        ]
    )
    for context in contexts:
        announce_passage(context.passage)


def announce_passage(passage: Passage) -> None:
    """Notify open pages that the passage, and with it its lane, has changed."""
    live.announce(topics.LANE, passage.site_id, passage.lane_id)


def _send_open_commands(made: Sequence[Made]) -> dict[int, Command]:
    """Open the barriers of cars that are let through; return the commands by passage."""
    orders = [_order(each) for each in made]
    several = len({each.device.pk for each in orders}) == len(orders)
    # A barrier of two lanes gets one command after the other.
    groups = [orders] if orders and several else [[each] for each in orders]
    sent = [command for group in groups for command in commands.send_all(group)]
    return {each.context.passage.pk: command for each, command in zip(made, sent, strict=True)}


def _order(made: Made) -> commands.Order:
    barrier, actor = made.context.lane.barrier, made.actor
    assert barrier is not None  # noqa: S101 - see `Made.opens_barrier`
    sender = actor.get_username() if actor else "decision"
    return commands.Order(barrier, "open", {}, sender, made.reason or made.rule)


def _state_after(decision: Decision) -> str:
    if decision.outcome == Decision.Outcome.OPEN and decision.command_id is None:
        return Passage.State.OPEN
    return STATE_OF[Decision.Outcome(decision.outcome)]


def _end_earlier_passage(passage: Passage, facts: dict[str, Any]) -> None:
    """End the car's earlier passage: the newer one now stands for the same car.

    A passage locked by another transaction is left alone: this one holds the lane and must not
    wait.
    """
    older = Passage.objects.filter(pk=facts["passage"], ended_at__isnull=True)
    older = older.select_for_update(skip_locked=True)
    Passage.objects.filter(pk__in=older).update(
        state=Passage.State.REREAD, ended_at=passage.seen_at
    )


def _adopt_look_alike(
    passage: Passage, read: PlateRead, records: list[PlateRecord]
) -> list[PlateRecord]:
    """Adopt the only look-alike plate on file; keep the reading if several match.

    A late record keeps its text: what is on file by now may differ from what was then.

    A look-alike on the block list is returned but never adopted: no car is refused for another
    car's plate, and no blocked car is admitted by a misread. That of a car inside without a permit
    is not adopted either: it is offered as a candidate, and a person picks it.

    Returns:
        The records that apply to the passage's plate afterwards.
    """
    exact = [record for record in records if record.plate == passage.plate]
    if exact or read.source == PlateRead.Source.GUARD or passage.is_late:
        return exact
    in_force = [record for record in records if record.is_valid(passage.seen_at)]
    plates = {record.plate for record in in_force}
    if len(plates) != 1 or all(record.kind in NEVER_ADOPTED for record in in_force):
        return [record for record in in_force if record.kind == "block"]
    adopt_plate(passage, plates.pop(), read.raw_text)
    return [record for record in records if record.plate == passage.plate]


def adopt_plate(passage: Passage, plate: str, raw_text: str) -> None:
    """Replace the passage's text by a look-alike; the caller saves the passage."""
    passage.plate, passage.folded = plate, fold(plate)
    PlateRead.objects.create(
        passage=passage,
        source=PlateRead.Source.MATCH,
        raw_text=raw_text,
        text=plate,
        confidence=passage.confidence,
        colour=passage.colour,
        device_at=passage.at,
        received_at=clock.now(),
    )


def _is_certain(passage: Passage, read: PlateRead, lane: Lane, records: list[PlateRecord]) -> bool:
    """Return whether the confidence suffices; see `_doubt` for what else a reading must fulfil."""
    if not passage.plate:
        return False
    if read.source == PlateRead.Source.GUARD:
        return True
    limit = lane.reader_limit if read.source == PlateRead.Source.READER else lane.camera_limit
    # A misread rarely matches a plate on file, so a lower confidence is sufficient there.
    on_file = any(r.kind != "block" and r.is_valid(passage.seen_at) for r in records)
    limit = min(limit, lane.known_limit) if on_file else limit
    return round(passage.confidence * 100) >= limit


def _doubt(passage: Passage, read: PlateRead, records: list[PlateRecord]) -> str:
    return "" if _is_waived(passage, read, records) else read.doubt


def _is_waived(passage: Passage, read: PlateRead, records: list[PlateRecord]) -> bool:
    """Whether the doubt is dispelled: just this plate was read, and it is registered here."""
    return read.doubt in WAIVED and any(
        each.kind != "block"
        and each.is_valid(passage.seen_at)
        and each.plate == normalise(read.raw_text)
        for each in records
    )


def _is_late(passage: Passage, read: PlateRead, now: datetime, *, re_evaluated: bool) -> bool:
    """Whether the car may have left the lane before it is decided about.

    A guard who corrects a plate, or a payment at the exit, shows that it is still there, unless it
    was recorded offline or is older than any wait at a barrier. A message is not late either if the
    device's own time is near ours: one with a wrong time changes the measured offset, and the
    correct messages after it must not be late. But whatever the device's clock shows, a message
    that has waited here for so long is.
    """
    if not is_at_lane(passage, now):
        return True
    if re_evaluated or read.source == PlateRead.Source.GUARD:
        return False
    if now - passage.received_at > MAX_DELAY:
        return True
    return abs(now - passage.at) > MAX_DELAY and now - passage.seen_at > MAX_DELAY


def is_at_lane(passage: Passage, now: datetime) -> bool:
    """Whether the car may still stand at the barrier: only then is a command sent for it."""
    return not passage.offline and now - passage.seen_at <= MAX_TIME_AT_LANE
