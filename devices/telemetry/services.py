"""Store batches of telemetry messages as measurements, or as dead letters."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from django.conf import settings
from django.db import DataError, Error, IntegrityError, transaction
from django.db.models import Count

from core.errors import Rejection
from devices import dead_letters, registry
from devices.dispatch import publish_isolated
from devices.drivers import Sender, gatehouse
from devices.events import Event, StoredReport, TelemetryStored
from devices.models import Device
from devices.registry import Registered
from devices.rejections import rejected
from devices.telemetry import copy
from devices.telemetry.message import Report, parse, sender_of, validate_values
from devices.telemetry.models import Latest, Metric

# A device that invents names, such as names with a counter, must not fill the table of metrics, nor
# use up the names that other devices need.
MAX_METRICS = 10_000
MAX_METRICS_PER_DEVICE = 300
# psycopg2 raises ValueError for what it rejects itself, such as a NUL character.
_REJECTED = (DataError, IntegrityError, ValueError)


class RawMessage(NamedTuple):
    """A message as the broker delivered it."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class BatchResult:
    """The result of storing a batch.

    Attributes:
        rows: number of new measurements.
        rejected: the topics of the messages that were stored as dead letters.
        events: one per device whose message was accepted, with its latest time.
    """

    rows: int = 0
    rejected: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    def __add__(self, other: "BatchResult") -> "BatchResult":
        return BatchResult(
            self.rows + other.rows, self.rejected + other.rejected, self.events + other.events
        )


class _Origin(NamedTuple):
    """The sender of one topic; with a rejection, all messages of the topic are rejected."""

    device: Registered | None
    site_id: int | None
    rejection: Rejection | None


class _Parsed(NamedTuple):
    raw: RawMessage
    device: Registered
    report: Report


def store_batch(messages: Sequence[RawMessage], received_at: datetime) -> BatchResult:
    """Store the messages, the rejected ones as dead letters, in one transaction.

    A message that was stored before has no effect. The transaction is committed on return.

    Raises:
        django.db.Error: the database is unavailable; no message of the batch is stored.
    """
    try:
        return _store_atomically(messages, received_at)
    except _REJECTED as error:
        return _store_halves(messages, received_at, error)
    except Error:
        raise
    except Exception as error:  # a bug that one message triggers
        return _store_halves(messages, received_at, error)


def _store_halves(
    messages: Sequence[RawMessage], received_at: datetime, error: Exception
) -> BatchResult:
    """Store a failed batch in halves, until the message that fails is a batch of its own."""
    if len(messages) > 1:
        half = len(messages) // 2
        return store_batch(messages[:half], received_at) + store_batch(messages[half:], received_at)
    rejection = dead_letters.handler_failure(messages[0].topic, error)
    if isinstance(error, _REJECTED):
        rejection = rejected("payload", "database_rejected", error=error)
    with transaction.atomic():
        dead_letters.store(*messages[0], rejection, None, received_at)
    return BatchResult(rejected=(messages[0].topic,))


@transaction.atomic
def accept(topic: str, payload: bytes, received_at: datetime) -> None:
    """Store one message, such as a dead letter that is replayed.

    Raises:
        Rejection: it is rejected, and not stored.
    """
    _, refused = _store_messages([RawMessage(topic, payload)], received_at)
    if refused:
        raise refused[0].rejection


def add_values(event: Event) -> int:
    """Store the numbers of an event in the caller's transaction.

    Returns:
        The number of new measurements.

    Raises:
        Rejection: a name or number breaks a rule, or the device has too many metrics.
    """
    if not event.values:
        return 0
    values = validate_values(event.values)
    metrics = _metric_ids(set(values), [(event.device_id, values)])
    unknown = sorted(values.keys() - metrics.keys())
    if unknown:
        raise _too_many_metrics(unknown[0])
    batch = copy.Batch(event.received_at)
    batch.append_report(event.device_id, event.at, values, metrics)
    new = copy.insert(batch)
    if new:
        report = StoredReport(event.device_id, event.site_id, event.at, values)
        publish_isolated(TelemetryStored((report,), event.received_at))
    return new


@transaction.atomic
def _store_atomically(messages: Sequence[RawMessage], received_at: datetime) -> BatchResult:
    result, refused = _store_messages(messages, received_at)
    dead_letters.store_all(refused, received_at)
    return result


def _store_messages(
    messages: Sequence[RawMessage], received_at: datetime
) -> tuple[BatchResult, list[dead_letters.RejectedMessage]]:
    parsed, refused = _parse_all(messages, received_at)
    names = {name for one in parsed for name in one.report.values}
    metrics = _metric_ids(names, ((one.device.device_id, one.report.values) for one in parsed))
    batch = copy.Batch(received_at)
    accepted = []
    for one in parsed:
        values = one.report.values
        if values.keys() <= metrics.keys():
            accepted.append(one)
            batch.append_report(one.device.device_id, one.report.at, values, metrics)
        else:
            refused.append(_reject_metric(one, metrics))
    rows = 0
    if accepted:
        rows = copy.insert(batch)
        publish_isolated(TelemetryStored(_stored(accepted), received_at))
    topics = tuple(one.topic for one in refused)
    return BatchResult(rows, topics, tuple(_latest_events(accepted, received_at))), refused


def _parse_all(
    messages: Sequence[RawMessage], received_at: datetime
) -> tuple[list[_Parsed], list[dead_letters.RejectedMessage]]:
    parsed: list[_Parsed] = []
    refused: list[dead_letters.RejectedMessage] = []
    origins = _senders({raw.topic for raw in messages})
    retention = timedelta(days=settings.TELEMETRY_KEEP_DAYS)
    for raw in messages:
        device, site_id, rejection = origins[raw.topic]
        if device is not None and rejection is None:
            try:
                parsed.append(_Parsed(raw, device, parse(raw.payload, received_at, retention)))
                continue
            except Rejection as error:
                rejection = error
        refused.append(dead_letters.RejectedMessage(*raw, cast(Rejection, rejection), site_id))
    return parsed, refused


def _senders(topics: set[str]) -> dict[str, _Origin]:
    """Resolve each topic to its sender, once per batch, and check that it may send."""
    senders: dict[str, Sender] = {}
    origins: dict[str, _Origin] = {}
    for topic in topics:
        try:
            senders[topic] = sender_of(topic)
        except Rejection as rejection:
            origins[topic] = _Origin(None, None, rejection)
    devices = _devices_by_code({sender.name for sender in senders.values()})
    unknown = {one.site for one in senders.values() if (one.site, one.name) not in devices}
    sites = dead_letters.sites_named(site for site in unknown if site) if unknown else {}
    for topic, sender in senders.items():
        origins[topic] = _resolve_sender(sender, devices.get((sender.site, sender.name)), sites)
    return origins


def _resolve_sender(sender: Sender, device: Registered | None, sites: Mapping[str, int]) -> _Origin:
    site_id = device.site_id if device else sites.get(sender.site or "")
    try:
        return _Origin(registry.check(device, gatehouse.MANIFEST, sender), site_id, None)
    except Rejection as rejection:
        return _Origin(device, site_id, rejection)


def _devices_by_code(codes: set[str]) -> dict[tuple[str | None, str], Registered]:
    """Read the devices of these codes at any site, by site and code.

    They are read for each batch, so that a disabled device is rejected at once.
    """
    rows = Device.objects.filter(code__in=codes).values_list(
        *("code", "pk", "site_id", "site__slug", "driver"),
        *("enabled", "state", "interval_s", "last_seen_at"),
    )
    found = ((code, Registered(*rest)) for code, *rest in rows)
    return {(device.site, code): device for code, device in found}


def _metric_ids(
    names: set[str], reports: Iterable[tuple[int, Mapping[str, float]]]
) -> dict[str, int]:
    """Return the ids of these metrics; create new ones within the limits.

    Args:
        names: all metrics of the batch.
        reports: device id and values of each report; used only where a metric is new.
    """
    existing = _existing_metrics(names)
    if len(existing) == len(names):
        return existing
    # Sorted, so that two processes never deadlock.
    fresh = sorted(_within_device_limit(existing, reports))
    room = max(0, MAX_METRICS - Metric.objects.count())
    Metric.objects.bulk_create([Metric(name=name) for name in fresh[:room]], ignore_conflicts=True)
    return _existing_metrics(names)


def _within_device_limit(
    existing: Mapping[str, int], reports: Iterable[tuple[int, Mapping[str, float]]]
) -> set[str]:
    """Return the new metrics that are within their devices' limit."""
    fresh: dict[int, set[str]] = defaultdict(set)
    for device_id, values in reports:
        fresh[device_id].update(values.keys() - existing.keys())
    stored = Latest.objects.filter(device_id__in=fresh).values_list("device_id").order_by()
    counts = dict(stored.annotate(n=Count("pk")))
    return {
        name
        for device_id, names in fresh.items()
        for name in sorted(names)[: max(0, MAX_METRICS_PER_DEVICE - counts.get(device_id, 0))]
    }


def _existing_metrics(names: set[str]) -> dict[str, int]:
    return dict(Metric.objects.filter(name__in=names).values_list("name", "id"))


def _reject_metric(one: _Parsed, metrics: dict[str, int]) -> dead_letters.RejectedMessage:
    name = next(name for name in one.report.values if name not in metrics)
    return dead_letters.RejectedMessage(*one.raw, _too_many_metrics(name), one.device.site_id)


def _too_many_metrics(name: str) -> Rejection:
    return rejected(
        f"m.{name}", "too_many_metrics", most=MAX_METRICS_PER_DEVICE, most_of_all=MAX_METRICS
    )


def _stored(accepted: Iterable[_Parsed]) -> list[StoredReport]:
    return [
        StoredReport(device.device_id, device.site_id, report.at, report.values)
        for _raw, device, report in accepted
    ]


def _latest_events(accepted: Iterable[_Parsed], received_at: datetime) -> Iterator[Event]:
    """Yield one event per device, with the latest time it reported."""
    latest: dict[int, _Parsed] = {}
    for one in accepted:
        before = latest.get(one.device.device_id)
        if before is None or before.report.at < one.report.at:
            latest[one.device.device_id] = one
    for device_id, one in latest.items():
        yield Event(
            device_id=device_id,
            site_id=one.device.site_id,
            key="",
            at=one.report.at,
            received_at=received_at,
        )
