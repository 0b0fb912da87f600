"""Evaluate signals under the locks of their rules' states."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core import clock, jobs
from incidents.alarms import raising, states
from incidents.alarms.index import Index, Watching
from incidents.alarms.states import Key
from incidents.models import AlarmState
from incidents.rules import engine, state
from incidents.rules.engine import Outcome
from incidents.rules.model import Signal

# A signal that arrives later than this is evaluated over what is stored around it.
LATE_AFTER = timedelta(minutes=5)
# What happened is complete so long after it; then what came out of order is evaluated, too.
SETTLED_AFTER = LATE_AFTER + timedelta(minutes=1)
_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# So many sources are looked at before they are locked.
MANY = 8
LATE_JOB = "incidents.alarms.late.evaluate_hour"

Candidates = Mapping[Key, Sequence[Signal]]


def step_all(candidates: Candidates, index: Index, received_at: datetime) -> None:
    """Evaluate signals by rule and source, in the caller's transaction.

    Rows are locked in one order, so that two processes do not deadlock.
    """
    in_time: dict[Key, list[Signal]] = {}
    late: dict[Key, list[Signal]] = defaultdict(list)
    for key, signals in candidates.items():
        recent = [each for each in signals if received_at - each.at <= LATE_AFTER]
        if recent:
            in_time[key] = sorted(recent, key=lambda signal: signal.at)
        if len(recent) < len(signals):
            late[key] += (each for each in signals if received_at - each.at > LATE_AFTER)
    if len(in_time) > MANY:
        in_time = _relevant(in_time, index)
    rows = states.lock(in_time.keys(), index)
    for row in rows:
        key = (row.rule_id, row.source)
        late[key] += step(row, index.rules[row.rule_id], in_time[key])
    states.store(rows)
    for key, signals in late.items():
        queue_late(index.rules[key[0]], key[1], signals)


def _relevant(candidates: dict[Key, list[Signal]], index: Index) -> dict[Key, list[Signal]]:
    """Leave out the sources whose signals change nothing, so that their rows are not locked.

    If another process changes one of them at this moment, its next signal sets it right.
    """
    found = dict(candidates)
    for key, value in states.peek(candidates.keys()).items():
        rule = index.rules[key[0]].rule
        due = engine.wake_at(rule, value)
        if not any(engine.matters(rule, value, due, each) for each in candidates[key]):
            del found[key]
    return found


def step(row: AlarmState, watching: Watching, signals: Iterable[Signal]) -> list[Signal]:
    """Evaluate signals of a locked source in the order of time; return those that are late."""
    value, late, at = state.from_json(row.state), [], None
    due = engine.wake_at(watching.rule, value)
    for signal in signals:
        if not engine.matters(watching.rule, value, due, signal):
            at = signal.at
            continue
        outcome = engine.step(watching.rule, value, signal)
        value = outcome.state
        due = engine.wake_at(watching.rule, value)
        if outcome.is_late:
            late.append(signal)
        elif outcome.transitions:
            apply(watching, row.source, outcome, signal)
    if at is not None and at > value.at:
        value = replace(value, at=at)  # a signal before it is out of order
    states.put(row, watching, value)
    return late


def advance(row: AlarmState, watching: Watching, until: datetime) -> None:
    """Evaluate the time that has passed for a locked source."""
    outcome = engine.advance(watching.rule, state.from_json(row.state), until)
    apply(watching, row.source, outcome, None)
    states.put(row, watching, outcome.state)


def apply(watching: Watching, source: str, outcome: Outcome, signal: Signal | None) -> None:
    """Raise and end the incidents of transitions."""
    for each in outcome.transitions:
        if each.active:
            cause = signal if signal is not None and signal.at == each.at else None
            raising.begin(watching, source, each.at, cause)
        else:
            raising.end(watching, source, each.at)


def queue_late(watching: Watching, source: str, signals: Iterable[Signal]) -> None:
    """Queue the evaluation of the hours in which late signals happened.

    Once the data around them has settled, and again once they matter no more: a duration that
    they began may end later. Jobs of one key run as the first of them, so the key has the time.
    """
    newest: dict[datetime, datetime] = {}
    for each in signals:
        if each.at >= watching.watch_from:
            hour = each.at.replace(minute=0, second=0, microsecond=0)
            newest[hour] = max(each.at, newest.get(hour, each.at))
    now, memory = clock.now(), watching.rule.memory
    for hour, at in sorted(newest.items()):
        for due in sorted({_due(at, now, _MINUTE), _due(at + memory, now, memory / 12)}):
            moment = due.isoformat() if due > now else ""
            key = f"late alarm {watching.pk} {source} {hour.isoformat()} {moment}"
            arguments = (watching.pk, source, hour.isoformat())
            jobs.enqueue(LATE_JOB, *arguments, key=key, queue=jobs.BULK, after=due - now)


def _due(at: datetime, now: datetime, step: timedelta) -> datetime:
    """Return when the data around an instant have settled; now if they have.

    Args:
        step: what waits for instants within it is one job; a minute at least.
    """
    due = at + SETTLED_AFTER
    if due <= now:
        return now
    step = max(step, _MINUTE)
    return due + (_EPOCH - due) % step
