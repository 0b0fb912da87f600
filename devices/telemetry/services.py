"""What writes telemetry: a batch of messages becomes measurements, or dead letters."""

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
from devices.drivers import Sender, gatehouse
from devices.events import Event
from devices.models import Device
from devices.registry import Registered
from devices.rejections import rejected
from devices.telemetry import copy
from devices.telemetry.message import Report, numbers, read, sender_of
from devices.telemetry.models import Latest, Metric

# A device that makes up names, such as one with a counter in it, must fill neither the dictionary
# nor what of it is there for the others: who has so many names may bring no new one.
MOST_METRIC_NAMES = 10_000
MOST_NAMES_OF_A_DEVICE = 300
# What psycopg2 itself rejects, such as a NUL, is a ValueError.
_REJECTED = (DataError, IntegrityError, ValueError)


class Raw(NamedTuple):
    """A message as the broker gave it."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class Recorded:
    """What became of a batch.

    Attributes:
        rows: how many measurements were new.
        refused: how many messages are dead letters now.
        heard: one event for each device that was understood, with its latest time.
    """

    rows: int = 0
    refused: int = 0
    heard: tuple[Event, ...] = ()

    def __add__(self, other: "Recorded") -> "Recorded":
        return Recorded(
            self.rows + other.rows, self.refused + other.refused, self.heard + other.heard
        )


class _Origin(NamedTuple):
    """Where the messages of one topic come from; they are all refused where a reason is given."""

    device: Registered | None
    site_id: int | None
    rejection: Rejection | None


class _Understood(NamedTuple):
    raw: Raw
    device: Registered
    report: Report


def record(messages: Sequence[Raw], received_at: datetime) -> Recorded:
    """Store what the messages say and keep the refused ones as dead letters: all or nothing.

    A message that was stored before changes nothing. When it returns, all of it is committed.

    Raises:
        django.db.Error: the database could not do it now; nothing of the batch is stored.
    """
    try:
        return _record(messages, received_at)
    except _REJECTED as error:
        return _record_apart(messages, received_at, error)
    except Error:
        raise
    except Exception as error:  # a fault of ours that one message brought to light
        return _record_apart(messages, received_at, error)


def _record_apart(messages: Sequence[Raw], received_at: datetime, error: Exception) -> Recorded:
    """Find the message that can't be stored, so that it can't hold up all the others for ever."""
    if len(messages) > 1:
        half = len(messages) // 2
        return record(messages[:half], received_at) + record(messages[half:], received_at)
    rejection = dead_letters.broken(messages[0].topic, error)
    if isinstance(error, _REJECTED):
        rejection = rejected("payload", "database_rejected", error=error)
    with transaction.atomic():
        dead_letters.keep(*messages[0], rejection, None, received_at)
    return Recorded(refused=1)


@transaction.atomic
def accept(topic: str, payload: bytes, received_at: datetime) -> None:
    """Store what one message says, such as one that was refused and is replayed.

    Raises:
        Rejection: it is refused; nothing is stored.
    """
    _, refused = _store([Raw(topic, payload)], received_at)
    if refused:
        raise refused[0].rejection


def add_values(event: Event) -> int:
    """Store the numbers that came with an event, in the caller's transaction.

    Returns:
        How many were new.

    Raises:
        Rejection: a name or a number is none that can be kept, or is one name too many.
    """
    if not event.values:
        return 0
    values = numbers(event.values)
    metrics = _metric_ids(set(values), [(event.device_id, values)])
    unknown = sorted(values.keys() - metrics.keys())
    if unknown:
        raise _one_too_many(unknown[0])
    batch = copy.Batch(event.received_at)
    batch.put(event.device_id, event.at, values, metrics)
    return copy.add(batch)


@transaction.atomic
def _record(messages: Sequence[Raw], received_at: datetime) -> Recorded:
    recorded, refused = _store(messages, received_at)
    dead_letters.keep_all(refused, received_at)
    return recorded


def _store(
    messages: Sequence[Raw], received_at: datetime
) -> tuple[Recorded, list[dead_letters.Refused]]:
    understood, refused = _read_all(messages, received_at)
    names = {name for one in understood for name in one.report.values}
    metrics = _metric_ids(names, ((one.device.device_id, one.report.values) for one in understood))
    batch = copy.Batch(received_at)
    accepted = []
    for one in understood:
        values = one.report.values
        if values.keys() <= metrics.keys():
            accepted.append(one)
            batch.put(one.device.device_id, one.report.at, values, metrics)
        else:
            refused.append(_one_name_too_many(one, metrics))
    rows = copy.add(batch) if accepted else 0
    return Recorded(rows, len(refused), tuple(_heard(accepted, received_at))), refused


def _read_all(
    messages: Sequence[Raw], received_at: datetime
) -> tuple[list[_Understood], list[dead_letters.Refused]]:
    understood: list[_Understood] = []
    refused: list[dead_letters.Refused] = []
    origins = _origins({raw.topic for raw in messages})
    keep = timedelta(days=settings.TELEMETRY_KEEP_DAYS)
    for raw in messages:
        device, site_id, rejection = origins[raw.topic]
        if device is not None and rejection is None:
            try:
                understood.append(_Understood(raw, device, read(raw.payload, received_at, keep)))
                continue
            except Rejection as error:
                rejection = error
        refused.append(dead_letters.Refused(*raw, cast(Rejection, rejection), site_id))
    return understood, refused


def _origins(topics: set[str]) -> dict[str, _Origin]:
    """Find out for each topic once who sends on it, and whether he may."""
    senders: dict[str, Sender] = {}
    origins: dict[str, _Origin] = {}
    for topic in topics:
        try:
            senders[topic] = sender_of(topic)
        except Rejection as rejection:
            origins[topic] = _Origin(None, None, rejection)
    devices = _registered({sender.name for sender in senders.values()})
    unknown = {sender.site for sender in senders.values() if sender.name not in devices}
    sites = dead_letters.sites_named(site for site in unknown if site) if unknown else {}
    for topic, sender in senders.items():
        origins[topic] = _origin(sender, devices.get(sender.name), sites)
    return origins


def _origin(sender: Sender, device: Registered | None, sites: Mapping[str, int]) -> _Origin:
    site_id = device.site_id if device else sites.get(sender.site or "")
    try:
        return _Origin(registry.check(device, gatehouse.MANIFEST, sender), site_id, None)
    except Rejection as rejection:
        return _Origin(device, site_id, rejection)


def _registered(codes: set[str]) -> dict[str, Registered]:
    """Ask the registry for each batch anew: a device that was just disabled is refused at once."""
    rows = Device.objects.filter(code__in=codes).values_list(
        *("code", "pk", "site_id", "site__slug", "driver"),
        *("enabled", "state", "interval_s", "last_seen_at"),
    )
    return {code: Registered(*rest) for code, *rest in rows}


def _metric_ids(
    names: set[str], reports: Iterable[tuple[int, Mapping[str, float]]]
) -> dict[str, int]:
    """Return the ids of these names, new ones added, as far as there is room for them.

    Args:
        names: all that are reported.
        reports: who reports which; asked only where a name is new.
    """
    known = _known_metrics(names)
    if len(known) == len(names):
        return known
    # Sorted, so that two processes never wait in a ring.
    fresh = sorted(_fitting(known, reports))
    room = max(0, MOST_METRIC_NAMES - Metric.objects.count())
    Metric.objects.bulk_create([Metric(name=name) for name in fresh[:room]], ignore_conflicts=True)
    return _known_metrics(names)


def _fitting(
    known: Mapping[str, int], reports: Iterable[tuple[int, Mapping[str, float]]]
) -> set[str]:
    """Return the new names which their devices have room for."""
    fresh: dict[int, set[str]] = defaultdict(set)
    for device_id, values in reports:
        fresh[device_id].update(values.keys() - known.keys())
    kept = Latest.objects.filter(device_id__in=fresh).values_list("device_id").order_by()
    counts = dict(kept.annotate(n=Count("pk")))
    return {
        name
        for device_id, names in fresh.items()
        for name in sorted(names)[: max(0, MOST_NAMES_OF_A_DEVICE - counts.get(device_id, 0))]
    }


def _known_metrics(names: set[str]) -> dict[str, int]:
    return dict(Metric.objects.filter(name__in=names).values_list("name", "id"))


def _one_name_too_many(one: _Understood, metrics: dict[str, int]) -> dead_letters.Refused:
    name = next(name for name in one.report.values if name not in metrics)
    return dead_letters.Refused(*one.raw, _one_too_many(name), one.device.site_id)


def _one_too_many(name: str) -> Rejection:
    return rejected(
        f"m.{name}", "too_many_metrics", most=MOST_NAMES_OF_A_DEVICE, most_of_all=MOST_METRIC_NAMES
    )


def _heard(accepted: Iterable[_Understood], received_at: datetime) -> Iterator[Event]:
    """One event for each device, with the latest time it told."""
    latest: dict[int, _Understood] = {}
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
