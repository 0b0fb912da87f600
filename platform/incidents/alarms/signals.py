"""Evaluate the signals of events, and the telemetry of devices."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from core import clock, jobs
from devices.events import StoredReport
from devices.telemetry.models import Latest
from incidents.alarms import index as rules_index
from incidents.alarms.index import Index
from incidents.alarms.observables import DEVICE, TELEMETRY
from incidents.alarms.states import Key
from incidents.alarms.stepping import queue_late, step_all
from incidents.models import AlarmState
from incidents.rules.model import Rule, Signal, Threshold

logger = logging.getLogger(__name__)


def observe(site_id: int, signals: Sequence[Signal]) -> None:
    """Evaluate signals in the caller's transaction.

    A fault of a rule is logged and does not undo the signals' cause.

    Raises:
        OperationalError, InterfaceError: the database is not available.
    """
    index = rules_index.current()
    if not _is_watched(index, site_id, signals):
        return
    try:
        with transaction.atomic():
            step_all(_candidates(index, site_id, signals), index, clock.now())
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("alarm rules of site %d failed", site_id)


def observe_afterwards(site_id: int, signals: Sequence[Signal]) -> None:
    """Evaluate signals by a job after the commit, for transactions that a car waits for."""
    if _is_watched(rules_index.current(), site_id, signals):
        jobs.enqueue(observe_plain, site_id, [_to_plain(each) for each in signals])


@jobs.job(queue=jobs.FAST)
def observe_plain(site_id: int, signals: list[Mapping[str, Any]]) -> None:
    """Evaluate signals that were queued; one that comes twice changes no alarm."""
    with transaction.atomic():
        observe(site_id, [_from_plain(each) for each in signals])


def observe_reports(reports: Sequence[StoredReport], received_at: datetime) -> None:
    """Evaluate telemetry that was stored, in the caller's transaction.

    Most values change no state: a value is evaluated if it wakes a rule, or if the rule is not at
    rest for that device.
    """
    index = rules_index.current()
    if not index.rules:
        return
    index.kinds_of({report.device_id for report in reports})
    watched = [report for report in reports if index.plan(report.device_id, report.site_id)]
    awake = _awake({report.device_id for report in watched}, received_at)
    candidates = _woken(watched, index, awake)
    if candidates:
        _queue_overtaken(candidates, watched, index, awake)
        step_all(candidates, index, received_at)


def _is_watched(index: Index, site_id: int, signals: Iterable[Signal]) -> bool:
    return any(index.watching(site_id, signal.kind) for signal in signals)


def _candidates(index: Index, site_id: int, signals: Sequence[Signal]) -> dict[Key, list[Signal]]:
    found: dict[Key, list[Signal]] = defaultdict(list)
    of_devices = {_pk(each) for each in signals if each.source.startswith(DEVICE)}
    kinds = index.kinds_of(of_devices)
    for signal in signals:
        subject = signal.source.partition(":")[0]
        for watching in index.watching(site_id, signal.kind):
            if watching.covers(subject, _pk(signal), kinds):
                found[watching.pk, signal.source].append(signal)
    return found


def _pk(signal: Signal) -> int:
    return int(signal.source.partition(":")[2])


def _awake(devices: Iterable[int], now: datetime) -> set[Key]:
    """Return the rules that are not at rest for devices, or whose time has run out."""
    sources = [f"{DEVICE}:{pk}" for pk in devices]
    rows = AlarmState.objects.filter(Q(at_rest=False) | Q(alert_after__lt=now), source__in=sources)
    return set(rows.values_list("rule_id", "source")) if sources else set()


def _woken(
    reports: Sequence[StoredReport], index: Index, awake: set[Key]
) -> dict[Key, list[Signal]]:
    """Return the values to evaluate by rule and source: all of those that are awake or woken."""
    keys = awake | _keys_woken(reports, index)
    sources = {source for _rule, source in keys}
    found: dict[Key, list[Signal]] = defaultdict(list)
    for device_id, _site_id, at, values in reports:
        if (source := f"{DEVICE}:{device_id}") not in sources:
            continue
        plan = index.plans[device_id]
        for metric, value in values.items():
            for watching, _wakes in plan.get(metric, ()):
                if (key := (watching.pk, source)) in keys:
                    found[key].append(Signal(source, TELEMETRY + metric, at, {"value": value}))
    return found


def _keys_woken(reports: Sequence[StoredReport], index: Index) -> set[Key]:
    """Return the rules and sources that a value wakes.

    It runs for each value of the stream, so it only looks up and calls one test per rule.
    """
    plans = index.plans
    woken = set()
    for device_id, _site_id, at, values in reports:
        plan = plans[device_id]
        for metric, value in values.items():
            for watching, wakes in plan.get(metric, ()):
                if wakes(value, at):
                    woken.add((watching.pk, f"{DEVICE}:{device_id}"))
    return woken


def _queue_overtaken(
    candidates: dict[Key, list[Signal]],
    reports: Sequence[StoredReport],
    index: Index,
    awake: set[Key],
) -> None:
    """Treat values as late that wake a threshold although a newer one was stored before.

    The state of a rule at rest does not tell how far the device's time has come.
    """
    rested = [key for key in candidates if key not in awake and _compares(index.rules[key[0]].rule)]
    newest = _newest({source for _rule, source in rested}) if rested else {}
    latest: dict[tuple[str, str], datetime] = {}
    sources = {source for source, _kind in newest}
    for device_id, _site_id, at, values in reports:
        if (source := f"{DEVICE}:{device_id}") in sources:
            for metric in values:
                pair = (source, TELEMETRY + metric)
                latest[pair] = max(at, latest.get(pair, at))
    for key in rested:
        signals = candidates[key]
        overtaken = [
            each
            for each in signals
            if newest.get(pair := (each.source, each.kind), each.at) > latest.get(pair, each.at)
        ]
        if overtaken:
            queue_late(index.rules[key[0]], key[1], overtaken)
            candidates[key] = [each for each in signals if each not in overtaken]


def _compares(rule: Rule) -> bool:
    return any(isinstance(leaf, Threshold) for leaf in rule.leaves)


def _newest(sources: Iterable[str]) -> dict[tuple[str, str], datetime]:
    """Return the time of the newest measurement by source and kind."""
    devices = [int(source.partition(":")[2]) for source in sources]
    rows = Latest.objects.filter(device__in=devices)
    return {
        (f"{DEVICE}:{device}", TELEMETRY + metric): at
        for device, metric, at in rows.values_list("device_id", "metric__name", "at")
    }


def _to_plain(signal: Signal) -> dict[str, Any]:
    values = dict(signal.values)
    at = signal.at.isoformat()
    return {"source": signal.source, "kind": signal.kind, "at": at, "values": values}


def _from_plain(plain: Mapping[str, Any]) -> Signal:
    at = datetime.fromisoformat(plain["at"])
    return Signal(plain["source"], plain["kind"], at, plain["values"])
