"""TimescaleDB's columnstore: compress chunks of past days, and again after late rows.

A late row goes into the uncompressed part of its chunk, or decompresses the segment it belongs to.
The chunk is then "partial" and stays so, and grows, until it is compressed again.
"""

import logging
from datetime import datetime

from django.db import InternalError, OperationalError, connection, transaction

from devices.telemetry import timescale
from devices.telemetry.rollup_lock import exclusive

logger = logging.getLogger(__name__)

LOCK_WAIT_S = 15.0  # a run of the roll-ups takes 10 s at most

# Whether the columnstore is enabled on the table itself. The licence does not answer that: a
# database created under the Apache licence and later run as Community has it on no table.
_ENABLED = """
SELECT EXISTS (
    SELECT FROM timescaledb_information.hypertables
    WHERE hypertable_name = %(table)s AND compression_enabled
    UNION ALL
    SELECT FROM timescaledb_information.continuous_aggregates
    WHERE view_name = %(table)s AND compression_enabled
)
"""
# timescaledb_information.chunks does not show that a chunk is partial; the bits of its status do:
# 2 is unordered, 4 frozen, 8 partial (CHUNK_STATUS_… in TimescaleDB's chunk.h). The view lists the
# chunks of every hypertable, and to_regclass is null for one that is being dropped.
_PENDING = """
SELECT format('%%I.%%I', chunk_schema, chunk_name)
FROM timescaledb_information.chunks JOIN show_chunks(%s::regclass, older_than => %s::timestamptz)
    AS past (chunk) ON past.chunk = to_regclass(format('%%I.%%I', chunk_schema, chunk_name))
WHERE NOT is_compressed OR (
    _timescaledb_functions.chunk_status(past.chunk) & 10 <> 0
    AND _timescaledb_functions.chunk_status(past.chunk) & 4 = 0
)
ORDER BY is_compressed, range_start LIMIT %s
"""


def compress_chunks(table: str, before: datetime, limit: int) -> int:
    """Compress chunks that ended before the instant; return how many were compressed.

    Uncompressed chunks come first, then those that late rows have made partial. Each is compressed
    under the roll-ups' lock: a refresh of the same chunk at that time would make either of them
    fail. The lock is released after each chunk, so that the roll-ups are at most one chunk late.
    """
    if timescale.license_name() != timescale.COMMUNITY or not is_enabled(table):
        return 0
    done = 0
    for chunk in _pending_chunks(table, before, limit):
        with exclusive(LOCK_WAIT_S) as acquired:
            if not acquired:
                logger.warning("chunks of %s are compressed by a later run: roll-ups busy", table)
                break
            done += _compress(chunk)
    return done


def is_enabled(table: str) -> bool:
    """Return whether the hypertable or continuous aggregate has its columnstore enabled.

    The caller has checked that TimescaleDB is installed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENABLED, {"table": table})
        return bool(cursor.fetchone()[0])


def _pending_chunks(table: str, before: datetime, limit: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, [table, before, limit])
        return [name for (name,) in cursor.fetchall()]


def _compress(chunk: str) -> bool:
    """Compress one chunk in a transaction of its own; return whether that succeeded.

    `compress_chunk` compresses a partial chunk again (since TimescaleDB 2.14); later versions keep
    it beside `convert_to_columnstore`. Rows inserted at the same time make it fail with a
    serialization error ("aborting recompression due to concurrent updates"): the chunk is then
    left for the next run, and the other chunks are still compressed.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute("SELECT compress_chunk(%s::regclass)", [chunk])
    except (OperationalError, InternalError) as error:
        if not connection.is_usable():
            raise
        reason = str(error).partition("\n")[0]
        logger.warning("chunk %s is compressed by a later run: %s", chunk, reason)
        return False
    return True
