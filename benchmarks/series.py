"""Measure how fast charts of any span and a site's latest values are read from a year of telemetry.

The benchmark fills a database with 32 devices of 6 metrics, one value a minute, by binary COPY in
the order of their arrival. The product's own jobs then roll them up and compact the past days. It
queries random charts of spans from an hour to the whole time, and the latest value of every device,
each by the product's selectors and, for comparison, by hand-written SQL over the single rows.

100 million rows need about 25 GB below TMPDIR and half an hour on two cores.

Usage: ``python benchmarks/series.py [--rows 100000000] [--charts 200] [--database URL] [--smoke]``

``--database`` names a PostgreSQL server, such as one with TimescaleDB, on which a database is
created for the time of the run; its user needs CREATEDB.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from statistics import quantiles
from typing import Any

import numpy
import psycopg2

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts.running import database, use_settings  # noqa: E402

DEVICES, METRICS = 32, 6
MINUTES_A_DAY = 1440
BYTES_A_ROW = 250  # a measurement, its minute, both keys, and their write-ahead log
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SPANS = {
    "an hour": HOUR,
    "6 hours": 6 * HOUR,
    "a day": DAY,
    "a week": 7 * DAY,
    "a month": 30 * DAY,
    "a quarter": 91 * DAY,
}
CHART_GOAL_MS, LATEST_GOAL_MS = 50, 20
# A slow query is repeated less often, until its time is over; percentiles need a few values.
TIME_LIMIT_S, MIN_REPETITIONS = 20.0, 5
COPY = (
    "COPY telemetry_measurement (device_id, metric_id, at, received_at, value)"
    " FROM STDIN WITH (FORMAT binary)"
)
# One tuple of a binary COPY: the number of fields, then the length and the bytes of each.
TUPLE = numpy.dtype(
    [
        *(("fields", ">i2"), ("l1", ">i4"), ("device", ">i8"), ("l2", ">i4"), ("metric", ">i4")),
        *(("l3", ">i4"), ("at", ">i8"), ("l4", ">i4"), ("received", ">i8")),
        *(("l5", ">i4"), ("value", ">f8")),
    ]
)
LATEST = """
INSERT INTO telemetry_latest (device_id, metric_id, at, received_at, value)
SELECT DISTINCT ON (device_id, metric_id) device_id, metric_id, at, received_at, value
FROM telemetry_measurement WHERE at >= %s ORDER BY device_id, metric_id, at DESC
"""
CHART_OF_ROWS = """
SELECT date_bin(%s, at, '2000-01-01 00:00:00+00') AS bucket,
    avg(value), min(value), max(value), count(*)
FROM telemetry_measurement
WHERE device_id = %s AND metric_id = %s AND at >= %s AND at < %s GROUP BY 1 ORDER BY 1
"""
LATEST_OF_ROWS = """
SELECT device.code, metric.name, newest.at, newest.received_at, newest.value
FROM devices_device device CROSS JOIN telemetry_metric metric CROSS JOIN LATERAL (
    SELECT at, received_at, value FROM telemetry_measurement
    WHERE device_id = device.id AND metric_id = metric.id ORDER BY at DESC LIMIT 1
) newest
WHERE device.site_id = %s ORDER BY device.code, metric.name
"""


def open_product(url: str) -> None:
    """Configure Django for the database and create the tables."""
    keys = {"GATEHOUSE_SECRET_KEY": "a benchmark's " * 5, "GATEHOUSE_MASTER_KEY": "ab" * 32}
    use_settings({**keys, "DATABASE_URL": url})
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


class Filling:
    """Fills the database with values as they would have arrived."""

    def __init__(self, url: str, rows: int, devices: int = DEVICES) -> None:
        from devices.telemetry.models import Metric
        from tests.factories import DeviceFactory, SiteFactory

        self.url = url
        self.site = SiteFactory(slug="bench")
        self.devices = [
            DeviceFactory(site=self.site, code=f"meter-{n}", kind="meter", driver="gatehouse")
            for n in range(devices)
        ]
        names = [f"metric.{n}" for n in range(METRICS)]
        self.metrics = [Metric.objects.create(name=name) for name in names]
        self.end = datetime.now(UTC).replace(second=0, microsecond=0)
        today = datetime.combine(self.end.date(), datetime.min.time(), UTC)
        self.begin = today - max(2, -(-rows // (devices * METRICS * MINUTES_A_DAY))) * DAY

    def days(self) -> list[date]:
        """Return the days that have values; the last one has them until now."""
        return [self.begin.date() + n * DAY for n in range((self.end - self.begin).days + 1)]

    def fill(self) -> None:
        """Create the partitions and copy day after day, two at a time."""
        from devices.telemetry import partitions
        from devices.telemetry.levels import MINUTE as MINUTES

        days = self.days()
        for day in days[::8]:
            partitions.create_partitions(day + DAY)
        rows, report = 0, progress("copied")
        with ThreadPoolExecutor(2) as pool:
            for n, copied in enumerate(pool.map(self._copy_day, days), 1):
                rows += copied
                report(n / len(days), f"{rows:,} rows")
        query(LATEST, [self.end - DAY])
        partitions.create_partitions(self.end.date(), MINUTES.table)

    def _copy_day(self, day: date) -> int:
        connection = psycopg2.connect(self.url)
        payload, rows = self._payload(day)
        try:
            with connection, connection.cursor() as cursor:
                cursor.copy_expert(COPY, BytesIO(payload))
        finally:
            connection.close()
        return rows

    def _payload(self, day: date) -> tuple[bytes, int]:
        """Encode one day in the order of its arrival: minute by minute, device by device."""
        midnight = datetime.combine(day, datetime.min.time(), UTC)
        minutes = min(MINUTES_A_DAY, (self.end - midnight) // MINUTE)
        rows = numpy.zeros((minutes, len(self.devices), METRICS), TUPLE)
        for field, length in (("l1", 8), ("l2", 4), ("l3", 8), ("l4", 8), ("l5", 8)):
            rows[field] = length
        rows["fields"] = 5
        rows["device"] = numpy.array([each.pk for each in self.devices])[None, :, None]
        rows["metric"] = numpy.array([each.pk for each in self.metrics])[None, None, :]
        first = (midnight - EPOCH) // timedelta(microseconds=1)
        moments = first + numpy.arange(minutes) * 60_000_000
        # Each device reports at its own second.
        rows["at"] = (
            moments[:, None, None] + (numpy.arange(len(self.devices)) * 1_700_000)[None, :, None]
        )
        rows["received"] = rows["at"] + 250_000
        noise = numpy.random.default_rng(day.toordinal()).normal(size=rows.shape)
        rows["value"] = 20 + 5 * numpy.sin(moments / 8.64e10 * 6.283)[:, None, None] + noise
        header = b"PGCOPY\n\xff\r\n\0" + bytes(8)
        return header + rows.tobytes() + b"\xff\xff", rows.size


def roll_up(begin: datetime, end: datetime) -> float:
    """Roll everything up by the product's job; return the seconds."""
    from devices.telemetry import rollups

    began, report = time.perf_counter(), progress("rolled up")
    while not rollups.roll_up(time_limit_s=5):
        done = rollups.completed_until() or begin
        report((done - begin) / (end - begin), f"{done:%Y-%m-%d}")
    return time.perf_counter() - began


def compact(days: int) -> float:
    """Compact all past days by the product's job; return the seconds."""
    from devices.telemetry import partitions
    from devices.telemetry.jobs import COMPACT_AFTER
    from devices.telemetry.levels import HOUR as HOURS
    from devices.telemetry.levels import MINUTE as MINUTES
    from devices.telemetry.levels import RAW_TABLE

    began, report, done = time.perf_counter(), progress("compacted"), 0
    for table in (RAW_TABLE, MINUTES.table, HOURS.table):
        while compacted := partitions.compact(datetime.now(UTC) - COMPACT_AFTER, table, limit=5):
            done += compacted
            report(done / (2 * days), table)
    return time.perf_counter() - began


class Queries:
    """Random queries, by the product's selectors and over the single rows."""

    def __init__(self, filled: Filling, charts: int) -> None:
        self.filled, self.charts = filled, charts
        self.random = random.Random(7)

    def charts_of(self, name: str, span: timedelta) -> None:
        """Query charts of that span and print their times."""
        from devices.telemetry.selectors import series

        charts = [self._one(span) for _ in range(self.charts)]
        resolutions, took = set(), []
        for device, metric, begin in charts:
            began = time.perf_counter()
            curve = series(device, metric.name, begin, begin + span)
            took.append(time.perf_counter() - began)
            resolutions.add(curve.resolution.value)
            width = curve.width or timedelta(microseconds=1)
        of_rows = timed(
            lambda n: query(
                CHART_OF_ROWS,
                [width, charts[n][0].pk, charts[n][1].pk, charts[n][2], charts[n][2] + span],
            ),
            self.charts,
        )
        print_times(
            f"a chart of {name} ({', '.join(sorted(resolutions))})", took, of_rows, CHART_GOAL_MS
        )
        self._check(charts[0], span)

    def _check(self, one: tuple[Any, Any, datetime], span: timedelta) -> None:
        """Check that the curve counts as many values as there are rows."""
        from devices.telemetry.selectors import series

        device, metric, begin = one
        curve = series(device, metric.name, begin, begin + span)
        width = curve.width or timedelta(microseconds=1)
        first = EPOCH + (begin - EPOCH) // width * width
        last = EPOCH - (EPOCH - begin - span) // width * width
        rows = query(CHART_OF_ROWS, [width, device.pk, metric.pk, first, last])
        assert [row[4] for row in rows] == [point.count for point in curve.points]

    def _one(self, span: timedelta) -> tuple[Any, Any, datetime]:
        room = (self.filled.end - self.filled.begin - span).total_seconds()
        begin = self.filled.begin + timedelta(seconds=self.random.randint(0, max(0, int(room))))
        return (
            self.random.choice(self.filled.devices),
            self.random.choice(self.filled.metrics),
            begin,
        )

    def latest(self) -> None:
        """Query the latest value of every device and print the times."""
        from devices.telemetry.selectors import latest_of_site

        assert len(latest_of_site(self.filled.site)) == len(self.filled.devices) * METRICS
        took = timed(lambda _n: latest_of_site(self.filled.site), self.charts)
        of_rows = timed(lambda _n: query(LATEST_OF_ROWS, [self.filled.site.pk]), self.charts)
        print_times("the latest of every device of a site", took, of_rows, LATEST_GOAL_MS)


def query(statement: str, values: list[object]) -> list[Any]:
    """Run an SQL statement and return its rows, if it has any."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def timed(call: Callable[[int], object], times: int) -> list[float]:
    """Return the seconds of each call; a slow one is repeated less often."""
    took: list[float] = []
    while len(took) < times and (len(took) < MIN_REPETITIONS or sum(took) < TIME_LIMIT_S):
        began = time.perf_counter()
        call(len(took))
        took.append(time.perf_counter() - began)
    return took


def print_times(what: str, took: list[float], of_rows: list[float], goal_ms: int) -> None:
    """Print p50 and p95 of both ways, and whether the goal is met."""
    verdict = "met" if percentile(took, 95) * 1000 <= goal_ms else "MISSED"
    print(f"{what}: {both(took)}; goal {goal_ms} ms {verdict}; of single rows {both(of_rows)}")


def both(took: list[float]) -> str:
    """Format both percentiles."""
    p50, p95 = (percentile(took, n) * 1000 for n in (50, 95))
    return f"p50 {p50:,.1f} ms, p95 {p95:,.1f} ms"


def percentile(took: list[float], n: int) -> float:
    """Return the value below which ``n`` of a hundred lie."""
    return quantiles(took, n=100, method="inclusive")[n - 1]


def progress(what: str) -> Callable[[float, str], None]:
    """Return a function that prints, at most every 10 s, which part is done."""
    state = {"next": time.monotonic() + 10}

    def report(part: float, detail: str) -> None:
        if time.monotonic() >= state["next"]:
            state["next"] += 10
            print(f"  {what}: {part:.0%}, {detail}", file=sys.stderr, flush=True)

    return report


def measure(url: str, rows: int, charts: int, devices: int = DEVICES) -> None:
    """Fill the database, query it, and print the figures."""
    open_product(url)
    filled, began = Filling(url, rows, devices), time.perf_counter()
    filled.fill()
    print(f"{len(filled.days())} days copied in {time.perf_counter() - began:,.0f} s")
    print(f"rolled up in {roll_up(filled.begin, filled.end):,.0f} s")
    print(f"compacted in {compact(len(filled.days())):,.0f} s", flush=True)
    query("VACUUM (ANALYZE)", [])  # as autovacuum does in its own time
    queries, whole = Queries(filled, charts), filled.end - filled.begin
    for name, span in {**SPANS, f"{whole.days} days": whole}.items():
        if span <= whole:
            queries.charts_of(name, span)
    queries.latest()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--charts", type=int, default=200)
    parser.add_argument("--database", metavar="URL")
    parser.add_argument("--smoke", action="store_true", help="two days: does it run at all?")
    options = parser.parse_args()
    if options.smoke:
        options.rows, options.charts = 1, 5
    need, free = options.rows * BYTES_A_ROW, shutil.disk_usage(tempfile.gettempdir()).free
    if not options.database and free < need:
        parser.exit(1, f"needs {need / 1e9:.0f} GB below {tempfile.gettempdir()}: set TMPDIR\n")
    with database(options.database) as url:
        measure(url, options.rows, options.charts, 2 if options.smoke else DEVICES)


if __name__ == "__main__":
    main()
