"""Compare ways to store a message of six metrics: six narrow rows, or one row with all of them.

Three tables receive the same messages in the same batches by binary COPY: one row per metric, as in
`telemetry_measurement`; one row per message with two arrays; one row per message with jsonb. The
benchmark prints messages a second, bytes a message on disk (key included), and the time to query
one metric of one device over a day and over all days in 288 buckets. docs/decisions/0007 uses the
figures.

Usage: ``python benchmarks/row_shapes.py [--days 10] [--database URL] [--smoke]``
"""

import argparse
import json
import statistics
import struct
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

import psycopg2  # noqa: E402

from benchmarks.parts.running import database  # noqa: E402

DEVICES, METRICS, BATCH, REPETITIONS = 32, 6, 4000, 20
# The device whose values are queried; the smallest run has no other.
QUERIED = 0
MINUTES_A_DAY, MINUTE_US = 1440, 60_000_000
INT4, FLOAT8 = 23, 701  # oids in pg_type
_HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
BUCKETS = """
SELECT date_bin(%(width)s * interval '1 second', at, '2000-01-01Z') AS bucket,
    avg(v), min(v), max(v), count(*)
FROM ({source}) AS one WHERE {span} GROUP BY bucket ORDER BY bucket
"""
SPAN = (
    "device_id = %(device)s AND at >= '2000-01-01Z' AND at < '2000-01-01Z'::timestamptz + %(span)s"
)


@dataclass(frozen=True)
class Shape:
    """One way to store messages."""

    name: str
    columns: str
    pack: Callable[[int, int, dict[int, float]], bytes]
    one_metric: str


def narrow(device: int, at: int, values: dict[int, float]) -> bytes:
    """Encode one row per metric."""
    row = struct.Struct(">hiqiqiqidii")
    return b"".join(
        row.pack(5, 8, device, 8, at, 8, at, 8, value, 4, metric)
        for metric, value in values.items()
    )


def arrays(device: int, at: int, values: dict[int, float]) -> bytes:
    """Encode one row with the metrics' ids and, in the same order, their values."""
    n = len(values)
    head = struct.pack(">hiqiqiq", 5, 8, device, 8, at, 8, at)
    ids = struct.pack(">iiiii", 1, 0, INT4, n, 1)
    ids += b"".join(struct.pack(">ii", 4, metric) for metric in values)
    numbers = struct.pack(">iiiii", 1, 0, FLOAT8, n, 1)
    numbers += b"".join(struct.pack(">id", 8, value) for value in values.values())
    sized = (struct.pack(">i", len(part)) + part for part in (ids, numbers))
    return head + b"".join(sized)


def as_json(device: int, at: int, values: dict[int, float]) -> bytes:
    """Encode one row with an object of values by metric id."""
    jsonb = b"\x01" + json.dumps(values).encode()  # a version byte, then the text
    return struct.pack(">hiqiqiqi", 4, 8, device, 8, at, 8, at, len(jsonb)) + jsonb


KEY = "device_id bigint, at timestamptz, received_at timestamptz"
SHAPES = (
    Shape(
        "narrow",
        KEY + ", value double precision, metric_id integer, PRIMARY KEY (device_id, metric_id, at)",
        narrow,
        "SELECT device_id, at, value AS v FROM narrow WHERE metric_id = 3",
    ),
    Shape(
        "arrays",
        KEY + ", metrics integer[], numbers double precision[], PRIMARY KEY (device_id, at)",
        arrays,
        "SELECT device_id, at, numbers[array_position(metrics, 3)] AS v FROM arrays",
    ),
    Shape(
        "jsonb",
        KEY + ", m jsonb, PRIMARY KEY (device_id, at)",
        as_json,
        "SELECT device_id, at, (m->>'3')::double precision AS v FROM jsonb",
    ),
)


def batches(days: int, devices: int) -> Iterator[list[tuple[int, int, dict[int, float]]]]:
    """Yield every device's messages, a minute apart, in the order of their arrival."""
    batch = []
    for minute in range(days * MINUTES_A_DAY):
        for device in range(devices):
            values = {m: minute * 0.37 + device + m / 7 for m in range(1, METRICS + 1)}
            batch.append((device, minute * MINUTE_US, values))
            if len(batch) == BATCH:
                yield batch
                batch = []
    yield batch


def write(
    connection: psycopg2.extensions.connection, shape: Shape, days: int, devices: int
) -> float:
    """Return the messages stored a second, without the time to encode them."""
    seconds, n = 0.0, 0
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {shape.name} ({shape.columns})")
        for batch in batches(days, devices):
            rows = b"".join(shape.pack(*message) for message in batch)
            began = time.perf_counter()
            copied = BytesIO(_HEADER + rows + _TRAILER)
            cursor.copy_expert(f"COPY {shape.name} FROM STDIN WITH (FORMAT binary)", copied)
            connection.commit()
            seconds += time.perf_counter() - began
            n += len(batch)
    return n / seconds


def read_ms(connection: psycopg2.extensions.connection, shape: Shape, days: int) -> float:
    """Return the median milliseconds to query one metric of one device over so many days."""
    query = BUCKETS.format(source=shape.one_metric, span=SPAN)
    values = {"width": days * 300, "span": f"{days} days", "device": QUERIED}
    taken = []
    with connection.cursor() as cursor:
        for _ in range(REPETITIONS):
            began = time.perf_counter()
            cursor.execute(query, values)
            assert len(cursor.fetchall()) == 288
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def measure(url: str, days: int, devices: int = DEVICES) -> None:
    """Print one line per shape."""
    connection = psycopg2.connect(url)
    for shape in SHAPES:
        rate = write(connection, shape, days, devices)
        with connection.cursor() as cursor:
            connection.commit()
            connection.autocommit = True
            cursor.execute(f"VACUUM ANALYZE {shape.name}")
            cursor.execute("SELECT pg_total_relation_size(%s)", [shape.name])
            size = cursor.fetchone()[0] / (days * MINUTES_A_DAY * devices)
            connection.autocommit = False
        day, all_days = (read_ms(connection, shape, n) for n in (1, days))
        print(
            f"{shape.name:<7} {rate:9,.0f} messages/s written, {size:5.0f} bytes a message, "
            f"one metric of one day {day:6.2f} ms, of {days} days {all_days:6.2f} ms"
        )
    connection.close()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--database", metavar="URL", help="a server to use; else one is started")
    parser.add_argument(
        "--smoke", action="store_true", help="one day of one device: does it run at all?"
    )
    options = parser.parse_args()
    with database(options.database) as url:
        if options.smoke:
            measure(url, days=1, devices=1)
        else:
            measure(url, options.days)


if __name__ == "__main__":
    main()
