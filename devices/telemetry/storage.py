"""Rows into the measurement table: binary COPY into a stage, from there once each.

A row of one binary COPY tuple is: the count of its fields (int16), then for each field its length
(int32) and its bytes, most significant first; a timestamp is microseconds since 2000-01-01 UTC.
Source: PostgreSQL's documentation of COPY, "Binary Format", and of timestamptz_recv.
"""

import struct
from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple

from django.db import connection

_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_TUPLE = struct.Struct(">hiqiiiqiqid")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

# One stage for each connection, not for each flush: a temporary table costs catalogue rows.
_PREPARE = """
CREATE TEMPORARY TABLE IF NOT EXISTS telemetry_stage (
    device_id bigint, metric_id integer, at timestamptz, received_at timestamptz,
    value double precision
) ON COMMIT DELETE ROWS;
DELETE FROM telemetry_stage;
"""
_COPY = "COPY telemetry_stage FROM STDIN WITH (FORMAT binary)"
# Only rows that were new may become the latest, so that both tables always tell the same. They
# are taken in the key's order: two processes that write the same devices never wait in a ring.
_MERGE = """
WITH fresh AS (
    INSERT INTO telemetry_measurement (device_id, metric_id, at, received_at, value)
    SELECT device_id, metric_id, at, received_at, value FROM telemetry_stage
    ORDER BY device_id, metric_id, at
    ON CONFLICT DO NOTHING
    RETURNING device_id, metric_id, at, received_at, value
), newest AS (
    INSERT INTO telemetry_latest AS kept (device_id, metric_id, at, received_at, value)
    SELECT DISTINCT ON (device_id, metric_id) device_id, metric_id, at, received_at, value
    FROM fresh ORDER BY device_id, metric_id, at DESC
    ON CONFLICT (device_id, metric_id) DO UPDATE
    SET at = excluded.at, received_at = excluded.received_at, value = excluded.value
    WHERE kept.at < excluded.at
)
SELECT count(*) FROM fresh
"""


class Row(NamedTuple):
    """One measurement on its way into the table; times are aware."""

    device_id: int
    metric_id: int
    at: datetime
    received_at: datetime
    value: float


def add(rows: Iterable[Row]) -> int:
    """Add the rows in the caller's transaction and return how many were new.

    A row whose device, metric and time are there already changes nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PREPARE)
        cursor.copy_expert(_COPY, BytesIO(_encode(rows)))
        cursor.execute(_MERGE)
        return int(cursor.fetchone()[0])


def _encode(rows: Iterable[Row]) -> bytes:
    tuples = (
        _TUPLE.pack(5, 8, device, 4, metric, 8, _micros(at), 8, _micros(received), 8, value)
        for device, metric, at, received, value in rows
    )
    return b"".join((_HEADER, *tuples, _TRAILER))


def _micros(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
