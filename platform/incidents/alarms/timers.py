"""Evaluate the passing of time: durations that end, and silence."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from core import clock
from core.jobs import every
from devices.telemetry.models import Latest
from incidents.alarms import index as rules_index
from incidents.alarms import silence, states, stepping
from incidents.alarms.index import Index, Watching
from incidents.alarms.observables import DEVICE, TELEMETRY, source_of
from incidents.models import AlarmState
from incidents.rules.model import Signal
from incidents.rules.state import from_json

# Signals of that instant may still be on their way.
GRACE = timedelta(seconds=2)
AT_ONCE = 200


@transaction.atomic
def advance_due(now: datetime, listening_since: datetime) -> int:
    """Evaluate the states whose time has run out; return how many.

    Args:
        now: the current time.
        listening_since: after a downtime, time counts only once the process has received for as
            long as the rule remembers, since what was sent meanwhile arrives late.
    """
    index = rules_index.current()
    listened, until = now - listening_since, now - GRACE
    ready = [pk for pk, each in index.rules.items() if each.settling <= listened]
    if not ready:
        return 0
    due = AlarmState.objects.select_for_update(skip_locked=True).filter(
        alert_after__lt=until, rule__in=ready, rule__enabled=True
    )
    rows = list(due.order_by("alert_after")[:AT_ONCE])
    index.kinds_of(int(row.source.partition(":")[2]) for row in rows)
    for row in rows:
        _advance(row, index.rules[row.rule_id], index, until)
    return len(rows)


def _advance(row: AlarmState, watching: Watching, index: Index, until: datetime) -> None:
    subject, _, pk = row.source.partition(":")
    if not watching.covers(subject, int(pk), index.device_kinds):
        row.delete()
        return
    if subject == DEVICE:
        since = from_json(row.state).at
        stepping.step(row, watching, _newest(watching, row.source, int(pk), since, until))
    stepping.advance(row, watching, until)
    states.store([row])


def _newest(
    watching: Watching, source: str, device_id: int, since: datetime, until: datetime
) -> Iterable[Signal]:
    """Return the newest measurements of a device: those that woke no rule were not evaluated."""
    metrics = [
        kind.removeprefix(TELEMETRY) for kind in watching.rule.kinds if kind.startswith(TELEMETRY)
    ]
    rows = Latest.objects.filter(
        device=device_id, metric__name__in=metrics, at__gt=since, at__lt=until
    )
    values = rows.order_by("at").values_list("metric__name", "at", "value")
    return [
        Signal(source, TELEMETRY + metric, at, {"value": value}) for metric, at, value in values
    ]


@every(minutes=5)
@transaction.atomic
def watch_added_devices() -> None:
    """Watch for the silence of what was added, or reported first, since a rule was enabled."""
    for watching in rules_index.current().rules.values():
        watch_silence(watching, clock.now())


def watch_silence(watching: Watching, since: datetime) -> None:
    """Create the states of all sources whose silence a rule watches."""
    kinds = silence.missed(watching.rule)
    if not kinds:
        return
    subject = source_of(next(iter(kinds)))
    known = AlarmState.objects.filter(rule=watching.pk).values_list("source", flat=True)
    sources = {f"{subject}:{pk}" for pk in silence.sources(watching, subject)}
    states.create([(watching, source) for source in sorted(sources - set(known))], since)
