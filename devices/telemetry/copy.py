"""Rows into the measurement table by binary COPY, each once.

New rows are copied straight into the table. Only when the database finds one that is there already
(the broker sends again what was not acknowledged before a crash) are they copied into a temporary
table, and from there whatever is new: that costs more than twice as much.

A row of one binary COPY tuple is: the count of its fields (int16), then for each field its length
(int32) and its bytes, most significant first; a timestamp is microseconds since 2000-01-01 UTC.
Source: PostgreSQL's documentation of COPY, "Binary Format", and of timestamptz_recv.
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
# Where a tuple's device and metric end, and where its time does: tuples sort as their keys do.
_SERIES, _KEY = 22, 34
# Fewer rows are staged at once: finding out would cost more than it saves.
SMALL_BATCH = 50
# After rows came twice more of them are likely: a device that sends a whole outage again.
CAREFUL_S = 5.0

_COPY = """
COPY telemetry_measurement (device_id, metric_id, at, received_at, value)
FROM STDIN WITH (FORMAT binary)
"""
# One stage for each connection, not for each flush: a temporary table costs catalogue rows.
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
# The newest are upserted in the key's order: two processes that write the same devices never wait
# in a ring. What is later than the latest can't have been there before.
_NEWEST = """
INSERT INTO telemetry_latest AS kept (device_id, metric_id, at, received_at, value)
SELECT DISTINCT ON (device_id, metric_id) device_id, metric_id, at, received_at, value
FROM telemetry_stage ORDER BY device_id, metric_id, at DESC
ON CONFLICT (device_id, metric_id) DO UPDATE
SET at = excluded.at, received_at = excluded.received_at, value = excluded.value
WHERE kept.at < excluded.at
"""


class Batch:
    """Rows on their way into the table, already packed."""

    def __init__(self, received_at: datetime) -> None:
        self._received_us = _micros(received_at)
        self._tuples: list[bytes] = []
        self.reports: list[tuple[int, datetime]] = []  # device id and time of each report

    def __len__(self) -> int:
        return len(self._tuples)

    def put(
        self, device_id: int, at: datetime, values: Mapping[str, float], metrics: Mapping[str, int]
    ) -> None:
        """Add what a device reported at one time (aware); ``metrics`` gives each name's id."""
        self.reports.append((device_id, at))
        pack, append = _TUPLE.pack, self._tuples.append
        at_us, received_us = _micros(at), self._received_us
        for name, value in values.items():
            append(pack(5, 8, device_id, 4, metrics[name], 8, at_us, 8, received_us, 8, value))

    def once(self) -> list[bytes]:
        """Return the rows in the order of their keys; of two of one key the first that came."""
        return sorted({row[:_KEY]: row for row in reversed(self._tuples)}.values())

    def ordered(self) -> list[bytes]:
        """Return the rows in the order of their keys."""
        return sorted(self._tuples)


class _Care:
    """Until when rows are staged because some came twice a moment ago."""

    until = 0.0


def add(batch: Batch) -> int:
    """Add the rows in the caller's transaction and return how many were new.

    A row whose device, metric and time are there already changes nothing.
    """
    new = _add(batch)
    rollups.record_late_hours(batch.reports)  # after the rows, see its docstring
    return new


def _add(batch: Batch) -> int:
    if len(batch) >= SMALL_BATCH and time.monotonic() >= _Care.until:
        rows = batch.ordered()
        if _copy_straight(rows):
            _keep_newest({row[:_SERIES]: row for row in rows}.values())
            return len(rows)
        _Care.until = time.monotonic() + CAREFUL_S
    return _add_new_ones(batch.once())


def _copy_straight(rows: Sequence[bytes]) -> bool:
    """Copy the rows into the table; False, and none is there, when one of them was before."""
    try:
        with transaction.atomic():
            _copy(_COPY, rows)
    except IntegrityError as error:
        if isinstance(error.__cause__, psycopg2.errors.UniqueViolation):
            return False
        raise
    return True


def _keep_newest(rows: Iterable[bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        _copy(_STAGE, rows)
        cursor.execute(_NEWEST)


def _add_new_ones(rows: Sequence[bytes]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        _copy(_STAGE, rows)
        cursor.execute(_MERGE)
        new = int(cursor.rowcount)
        if new:
            cursor.execute(_NEWEST)
    return new


def _copy(statement: str, rows: Iterable[bytes]) -> None:
    # Django does not translate the driver's errors in a COPY by itself.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, BytesIO(b"".join((_HEADER, *rows, _TRAILER))))


def _micros(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
