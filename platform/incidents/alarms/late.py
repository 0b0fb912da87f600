"""Evaluate data that arrived late, over what is stored around it."""

from datetime import datetime, timedelta

from django.db import transaction

from core import clock
from incidents.alarms import index as rules_index
from incidents.alarms import raising, states
from incidents.alarms.past import Past
from incidents.alarms.stepping import LATE_AFTER
from incidents.rules.replay import replay

_HOUR = timedelta(hours=1)


@transaction.atomic
def evaluate_hour(rule_id: int, source: str, hour: str) -> int:
    """Raise the alarms that a rule would have raised in an hour, where none covers them.

    A job; a second run raises none.

    Args:
        rule_id: the rule, which may be disabled by now.
        source: what the signals are about.
        hour: its beginning.

    Returns:
        The number of alarms that were raised.
    """
    index = rules_index.current()
    watching = index.rules.get(rule_id)
    # The lock orders it with the evaluation of signals that arrive in time.
    if watching is None or not states.lock([(rule_id, source)], index):
        return 0
    begin, memory = datetime.fromisoformat(hour), watching.rule.memory
    since = max(watching.watch_from, begin - memory)
    until = min(begin + _HOUR + memory, clock.now() - LATE_AFTER)
    if since >= until:
        return 0
    subject, _, pk = source.partition(":")
    signals = Past(since, until).signals(watching.rule.kinds, subject, int(pk))
    periods = replay(watching.rule, signals, since, until)
    own = [each for each in periods if each.began_at >= begin]
    return sum(raising.add_late(watching, source, each, until) for each in own)
