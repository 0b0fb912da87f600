"""Lock, create and store what rules remember of their sources."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from incidents.alarms import index as rules_index
from incidents.alarms.index import Index, Watching
from incidents.models import AlarmRule, AlarmState
from incidents.rules import engine, state
from incidents.rules.state import RuleState

Key = tuple[int, str]

# One statement for all: a batch of telemetry may change the states of hundreds of devices.
_STORE = """
UPDATE incidents_alarmstate AS stored
SET state = changed.state::jsonb, at_rest = changed.at_rest, alert_after = changed.alert_after
FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::timestamptz[])
    AS changed (id, state, at_rest, alert_after)
WHERE stored.id = changed.id
"""


def lock(keys: Collection[Key], index: Index) -> list[AlarmState]:
    """Lock the states of rules and sources in one order, and create those that are missing.

    States of rules that were changed or disabled since the index was loaded are left out.
    """
    if not keys:
        return []
    found = _locked(keys)
    missing = set(keys) - {(row.rule_id, row.source) for row in found}
    if missing:
        create([(index.rules[pk], source) for pk, source in sorted(missing)])
        found = _locked(keys)
    return _of_current_rules(found, index)


def peek(keys: Collection[Key]) -> dict[Key, RuleState]:
    """Return the stored states of rules and sources without locking them."""
    rules, sources = {key[0] for key in keys}, {key[1] for key in keys}
    rows = AlarmState.objects.filter(rule__in=rules, source__in=sources)
    return {
        (rule, source): state.from_json(value)
        for rule, source, value in rows.values_list("rule_id", "source", "state")
        if (rule, source) in keys
    }


def create(missing: Sequence[tuple[Watching, str]], since: datetime | None = None) -> None:
    """Create the states of sources that are watched from an instant on; others stay as they are.

    Args:
        missing: rules and sources.
        since: by default, when each rule was enabled.
    """
    rows = []
    for watching, source in missing:
        row = AlarmState(rule_id=watching.pk, source=source)
        put(row, watching, engine.begin(watching.rule, since or watching.watch_from))
        rows.append(row)
    AlarmState.objects.bulk_create(rows, ignore_conflicts=True)


def put(row: AlarmState, watching: Watching, value: RuleState) -> None:
    """Set the columns of a row from the engine's state."""
    row.state = state.to_json(value)
    row.at_rest = engine.is_at_rest(watching.rule, value)
    row.alert_after = engine.wake_at(watching.rule, value)


def store(rows: Iterable[AlarmState]) -> None:
    """Store the columns of locked rows."""
    changed = list(rows)
    if not changed:
        return
    values: list[Any] = [
        [row.pk for row in changed],
        [json.dumps(row.state) for row in changed],
        [row.at_rest for row in changed],
        [row.alert_after for row in changed],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values)


def _locked(keys: Collection[Key]) -> list[AlarmState]:
    rules, sources = {key[0] for key in keys}, {key[1] for key in keys}
    rows = AlarmState.objects.select_for_update().filter(rule__in=rules, source__in=sources)
    return [row for row in rows.order_by("rule", "source") if (row.rule_id, row.source) in keys]


def _of_current_rules(rows: list[AlarmState], index: Index) -> list[AlarmState]:
    pks = {row.rule_id for row in rows}
    known = AlarmRule.objects.filter(pk__in=pks, enabled=True).values_list("pk", "version")
    current = {pk for pk, version in known if index.rules[pk].version == version}
    if outdated := [row.pk for row in rows if row.rule_id not in current]:
        AlarmState.objects.filter(pk__in=outdated).delete()
        rules_index.forget()
    return [row for row in rows if row.rule_id in current]
