"""What writes telemetry: a batch of messages becomes measurements, or dead letters."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import DataError, IntegrityError, transaction

from core.errors import Refusal
from devices.models import Device
from devices.telemetry import letters, storage
from devices.telemetry.letters import Raw, Refused
from devices.telemetry.message import Report, read
from devices.telemetry.models import Metric

logger = logging.getLogger(__name__)

# A device that makes up names, such as one with a counter in it, must not fill the dictionary.
MOST_METRIC_NAMES = 10_000


@dataclass(frozen=True)
class Recorded:
    """What became of a batch: how many measurements were new, how many messages refused."""

    rows: int
    refused: int


class _Sender(NamedTuple):
    id: int
    site: str
    enabled: bool


def record(messages: Sequence[Raw], received_at: datetime) -> Recorded:
    """Store what the messages say and keep the refused ones as dead letters: all or nothing.

    A message that was stored before changes nothing. When it returns, all of it is committed.

    Raises:
        django.db.Error: the database could not do it now; nothing of the batch is stored.
    """
    try:
        return _record(messages, received_at)
    except (DataError, IntegrityError, ValueError) as error:
        return _record_apart(messages, received_at, error)


def _record_apart(messages: Sequence[Raw], received_at: datetime, error: Exception) -> Recorded:
    """Find the message the database rejects, so that one can't hold up all the others for ever."""
    if len(messages) > 1:
        half = len(messages) // 2
        parts = [record(part, received_at) for part in (messages[:half], messages[half:])]
        return Recorded(sum(part.rows for part in parts), sum(part.refused for part in parts))
    logger.error("the database rejects a message of %s: %s", messages[0].topic, error)
    refusal = Refusal("payload", f"the database rejects it ({error})", "tell who runs the system")
    letters.keep([Refused(messages[0], refusal)], received_at)
    return Recorded(0, 1)


@transaction.atomic
def _record(messages: Sequence[Raw], received_at: datetime) -> Recorded:
    understood, refused = _read_all(messages, received_at)
    senders = _senders({report.device for _, report in understood})
    metrics = _metric_ids({name for _, report in understood for name in report.values})
    accepted: list[tuple[int, Report]] = []
    for raw, report in understood:
        try:
            accepted.append((_admit(report, senders, metrics), report))
        except Refusal as refusal:
            refused.append(Refused(raw, refusal))
    rows = storage.add(_rows(accepted, metrics)) if accepted else 0
    if refused:
        letters.keep(refused, received_at)
    return Recorded(rows, len(refused))


def _read_all(
    messages: Iterable[Raw], received_at: datetime
) -> tuple[list[tuple[Raw, Report]], list[Refused]]:
    understood, refused = [], []
    keep = timedelta(days=settings.TELEMETRY_KEEP_DAYS)
    for raw in messages:
        try:
            understood.append((raw, read(raw.topic, raw.payload, received_at, keep)))
        except Refusal as refusal:
            refused.append(Refused(raw, refusal))
    return understood, refused


def _admit(report: Report, senders: dict[str, _Sender], metrics: dict[str, int]) -> int:
    """Return the id of the device that may have sent this.

    Raises:
        Refusal: it is unknown, disabled, of another site, or sends one name too many.
    """
    sender = senders.get(report.device)
    if sender is None:
        raise Refusal("device", f"{report.device} is unknown", "register it, then replay this")
    if sender.site != report.site:
        raise Refusal(
            "site", f"{report.device} does not stand at {report.site}", "correct the topic"
        )
    if not sender.enabled:
        raise Refusal("device", f"{report.device} is disabled", "enable it, then replay this")
    for name in report.values:
        if name not in metrics:
            raise Refusal(
                f"m.{name}",
                f"is new, and there are {MOST_METRIC_NAMES} names of metrics already",
                "send one of the names that are known",
            )
    return sender.id


def _rows(accepted: Iterable[tuple[int, Report]], metrics: dict[str, int]) -> Iterator[storage.Row]:
    for device_id, report in accepted:
        for name, value in report.values.items():
            yield storage.Row(device_id, metrics[name], report.at, report.received_at, value)


def _senders(codes: set[str]) -> dict[str, _Sender]:
    """Ask the registry for each batch anew: a device that was just disabled is refused at once."""
    devices = Device.objects.filter(code__in=codes)
    rows = devices.values_list("code", "id", "site__slug", "enabled")
    return {code: _Sender(pk, site, enabled) for code, pk, site, enabled in rows}


def _metric_ids(names: set[str]) -> dict[str, int]:
    """Return the ids of these names, new ones added, as far as there is room for them."""
    known = _known_metrics(names)
    fresh = sorted(names - known.keys())  # sorted: two processes never wait for each other's
    if not fresh:
        return known
    room = max(0, MOST_METRIC_NAMES - Metric.objects.count())
    Metric.objects.bulk_create([Metric(name=name) for name in fresh[:room]], ignore_conflicts=True)
    return _known_metrics(names)


def _known_metrics(names: set[str]) -> dict[str, int]:
    return dict(Metric.objects.filter(name__in=names).values_list("name", "id"))
