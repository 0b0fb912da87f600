"""Insert rows into the measurement table by binary COPY, without duplicates.

Rows are copied directly into the table. Only when the database reports a duplicate key (the broker
sends unacknowledged messages again after a crash) are they copied into a temporary table, and the
new ones inserted from there, which costs more than twice as much.

A tuple of binary COPY is the number of its fields (int16), then for each field its length (int32)
and its bytes, most significant first; a timestamp is microseconds since 2000-01-01 UTC. Source:
PostgreSQL's documentation of COPY, "Binary Format", and timestamptz_recv.
"""

import struct
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO

import psycopg2.errors
from django.db import IntegrityError, connection, transaction

from devices.telemetry import rollups

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_TUPLE = struct.Struct(">hiqiiiqiqid")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# Offsets in a tuple at which its device and metric end, and its time: tuples sort like their keys.
_SERIES, _KEY = 22, 34
# Smaller batches are always staged: a failed direct copy would cost more than it saves.
SMALL_BATCH = 50
# After one duplicate more are likely, as when a device repeats a whole outage.
STAGING_S = 5.0

_COPY = """
COPY telemetry_measurement (device_id, metric_id, at, received_at, value)
FROM STDIN WITH (FORMAT binary)
"""
# One temporary table per connection, not per batch, because each one costs catalogue rows.
_PREPARE = """
CREATE TEMPORARY TABLE IF NOT EXISTS telemetry_stage (
    device_id bigint, metric_id integer, at timestamptz, received_at timestamptz,
    value double precision
) ON COMMIT DELETE ROWS;
DELETE FROM telemetry_stage;
"""
_STAGE = "COPY telemetry_stage FROM STDIN WITH (FORMAT binary)"
_MERGE = """
INSERT INTO telemetry_measurement (device_id, metric_id, at, received_at, value)
SELECT device_id, metric_id, at, received_at, value FROM telemetry_stage
ORDER BY device_id, metric_id, at
ON CONFLICT DO NOTHING
"""
# Upserted in the order of the key, so that two processes never deadlock. A row that is
# later than the latest one is not a duplicate.
_NEWEST = """
INSERT INTO telemetry_latest AS stored (device_id, metric_id, at, received_at, value)
SELECT DISTINCT ON (device_id, metric_id) device_id, metric_id, at, received_at, value
FROM telemetry_stage ORDER BY device_id, metric_id, at DESC
ON CONFLICT (device_id, metric_id) DO UPDATE
SET at = excluded.at, received_at = excluded.received_at, value = excluded.value
WHERE stored.at < excluded.at
"""


class Batch:
    """Rows to insert, packed as tuples of binary COPY."""

    def __init__(self, received_at: datetime) -> None:
        self._received_us = _micros(received_at)
        self._tuples: list[bytes] = []
        self.reports: list[tuple[int, datetime]] = []  # device id and time of each report

    def __len__(self) -> int:
        return len(self._tuples)

    def append_report(
        self, device_id: int, at: datetime, values: Mapping[str, float], metrics: Mapping[str, int]
    ) -> None:
        """Append the numbers that a device reported at one time (aware).

        Args:
            device_id: the device.
            at: the device's time.
            values: number by metric.
            metrics: id by metric.
        """
        self.reports.append((device_id, at))
        pack, append = _TUPLE.pack, self._tuples.append
        at_us, received_us = _micros(at), self._received_us
        for name, value in values.items():
            append(pack(5, 8, device_id, 4, metrics[name], 8, at_us, 8, received_us, 8, value))

    def deduplicated(self) -> list[bytes]:
        """Return the rows in the order of their keys; of two with one key, the first."""
        return sorted({row[:_KEY]: row for row in reversed(self._tuples)}.values())

    def ordered(self) -> list[bytes]:
        """Return the rows in the order of their keys."""
        return sorted(self._tuples)


class _Staging:
    """Until when batches are staged because one had duplicates."""

    until = 0.0


def insert(batch: Batch) -> int:
    """Insert the rows in the caller's transaction; return how many were new.

    A row whose device, metric and time exist already is ignored.
    """
    new = _insert(batch)
    rollups.record_late_hours(batch.reports)  # after the rows, see its docstring
    return new


def _insert(batch: Batch) -> int:
    if len(batch) >= SMALL_BATCH and time.monotonic() >= _Staging.until:
        rows = batch.ordered()
        if _copy_directly(rows):
            _update_latest({row[:_SERIES]: row for row in rows}.values())
            return len(rows)
        _Staging.until = time.monotonic() + STAGING_S
    return _insert_new(batch.deduplicated())


def _copy_directly(rows: Sequence[bytes]) -> bool:
    """Copy the rows into the table; return False, without inserting any, on a duplicate key."""
    try:
        with transaction.atomic():
            _copy(_COPY, rows)
    except IntegrityError as error:
        if isinstance(error.__cause__, psycopg2.errors.UniqueViolation):
            return False
        raise
    return True


def _update_latest(rows: Iterable[bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        _copy(_STAGE, rows)
        cursor.execute(_NEWEST)


def _insert_new(rows: Sequence[bytes]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        _copy(_STAGE, rows)
        cursor.execute(_MERGE)
        new = int(cursor.rowcount)
        if new:
            cursor.execute(_NEWEST)
    return new


def _copy(statement: str, rows: Iterable[bytes]) -> None:
    # Django translates the driver's errors only in execute(), not in copy_expert().
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, BytesIO(b"".join((_HEADER, *rows, _TRAILER))))


def _micros(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
