"""Whose silence a rule watches.

A rule for all sensors of a site must not raise an alarm for each one that has no thermometer: a
device counts once it has reported what the rule misses. One that a person has entered in the rule
is expected to report, and counts from the beginning; so does a lane.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from devices.telemetry.models import Latest, MinuteRollUp
from incidents.alarms.index import Watching
from incidents.alarms.observables import DEVICE, TELEMETRY
from incidents.rules.model import Absence, All, Rule, Signal


def missed(rule: Rule) -> frozenset[str]:
    """Return the kinds of signals whose absence raises an alarm."""
    return frozenset(leaf.kind for leaf in rule.leaves if isinstance(leaf, Absence))


def is_watched_from_its_first_report(watching: Watching, subject: str) -> bool:
    """Whether a source counts only once it has reported what the rule misses."""
    return bool(missed(watching.rule)) and subject == DEVICE and not watching.scope.are_named


def sources(watching: Watching, subject: str) -> list[int]:
    """Return the primary keys of the devices or lanes whose silence counts by now.

    Events of devices are not looked up: their first one creates the state.
    """
    found = watching.scope.sources(subject)
    if not is_watched_from_its_first_report(watching, subject):
        return found
    metrics = _metrics(watching.rule)
    if not metrics:
        return []
    rows = Latest.objects.filter(device__in=found, metric__name__in=metrics)
    reported = Counter(rows.values_list("device", flat=True))
    # Where one silence is enough, a device that never reported that value would raise an alarm.
    least = 1 if isinstance(watching.rule.condition, All) else len(metrics)
    return [pk for pk in found if reported[pk] >= least]


def from_first_report(
    watching: Watching, device_id: int, signals: Iterable[Signal], begin: datetime
) -> tuple[Iterable[Signal], datetime] | None:
    """Return signals of the past, and since when the silence of their device counts in it.

    Args:
        begin: of the past; a device that reported before it counts from then on.

    Returns:
        None for a device that has never reported.
    """
    earlier = MinuteRollUp.objects.filter(
        device=device_id, metric__name__in=_metrics(watching.rule), at__lt=begin
    )
    if earlier.exists():
        return signals, begin
    ordered = iter(signals)
    first = next(ordered, None)
    return None if first is None else (chain([first], ordered), first.at)


def _metrics(rule: Rule) -> list[str]:
    kinds = (kind for kind in missed(rule) if kind.startswith(TELEMETRY))
    return sorted(kind.removeprefix(TELEMETRY) for kind in kinds)
