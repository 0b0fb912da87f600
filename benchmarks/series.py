"""How fast a chart of any span is drawn from a year of telemetry, and the latest of a whole site.

It fills a database of its own with 32 devices of 6 metrics, one number a minute, by binary COPY in
the order in which they would have come. The product's own jobs then roll them up and tidy the days
that are over. Asked are random charts of spans from an hour to the whole time, and the latest
number of every device, each by the product's selectors and beside that the same of the single
rows, with SQL that is written as well as we can.

100 million rows need about 25 GB below TMPDIR and half an hour on two cores.

Usage: ``python benchmarks/series.py [--rows 100000000] [--charts 200] [--database URL]``

``--database`` names a PostgreSQL server, such as one with TimescaleDB, on which a database is made
for the time of the run; its user must be allowed to.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

import numpy
import psycopg2

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

DEVICES, METRICS = 32, 6
A_DAY = DEVICES * METRICS * 1440
BYTES_A_ROW = 250  # a measurement, its minute, both with their keys, and the log meanwhile
NAME = "gatehouse_series_benchmark"
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
# Of slow questions fewer are asked; the slowest once more than needed for a percentile.
PATIENCE_S, FEWEST = 20.0, 5
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


@contextmanager
def appliance() -> Iterator[str]:
    """The appliance's own database in a temporary folder; yields its URL."""
    from tests.faults.appliance import Appliance

    folder = Path(tempfile.mkdtemp(prefix="gatehouse-series-"))
    made = Appliance(folder)
    try:
        made.start()
        yield made.environment["DATABASE_URL"]
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_at(server: str) -> Iterator[str]:
    """A database of that server for the time of the run; yields its URL."""
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
        try:
            yield urlsplit(server)._replace(path=f"/{NAME}").geturl()
        finally:
            cursor.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
            connection.close()


def open_product(url: str) -> None:
    """Point Django at the database and make the tables."""
    os.environ |= {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GATEHOUSE_READ_RUNTIME": "0",
        "GATEHOUSE_SECRET_KEY": "a benchmark's " * 5,
        "GATEHOUSE_MASTER_KEY": "ab" * 32,
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


class Filling:
    """A year of numbers, as they would have come."""

    def __init__(self, url: str, rows: int) -> None:
        from devices.telemetry.models import Metric
        from tests.factories import DeviceFactory, SiteFactory

        self.url = url
        self.site = SiteFactory(slug="bench")
        self.devices = [
            DeviceFactory(site=self.site, code=f"meter-{n}", kind="meter", driver="gatehouse")
            for n in range(DEVICES)
        ]
        names = [f"metric.{n}" for n in range(METRICS)]
        self.metrics = [Metric.objects.create(name=name) for name in names]
        self.end = datetime.now(UTC).replace(second=0, microsecond=0)
        today = datetime.combine(self.end.date(), datetime.min.time(), UTC)
        self.begin = today - max(2, -(-rows // A_DAY)) * DAY

    def days(self) -> list[date]:
        """Every day that has numbers, the last one until now."""
        return [self.begin.date() + n * DAY for n in range((self.end - self.begin).days + 1)]

    def fill(self) -> None:
        """Make the partitions and copy day after day, two at a time."""
        from devices.telemetry import partitions
        from devices.telemetry.levels import MINUTE as MINUTES

        days = self.days()
        for day in days[::8]:
            partitions.create_partitions(day + DAY)
        rows, said = 0, progress("copied")
        with ThreadPoolExecutor(2) as pool:
            for n, copied in enumerate(pool.map(self._copy_day, days), 1):
                rows += copied
                said(n / len(days), f"{rows:,} rows")
        ask(LATEST, [self.end - DAY])
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
        """One day in the order in which it came: minute by minute, device by device."""
        midnight = datetime.combine(day, datetime.min.time(), UTC)
        minutes = min(1440, (self.end - midnight) // MINUTE)
        rows = numpy.zeros((minutes, DEVICES, METRICS), TUPLE)
        for field, length in (("l1", 8), ("l2", 4), ("l3", 8), ("l4", 8), ("l5", 8)):
            rows[field] = length
        rows["fields"] = 5
        rows["device"] = numpy.array([each.pk for each in self.devices])[None, :, None]
        rows["metric"] = numpy.array([each.pk for each in self.metrics])[None, None, :]
        first = (midnight - EPOCH) // timedelta(microseconds=1)
        moments = first + numpy.arange(minutes) * 60_000_000
        # Each device reports at its own second.
        rows["at"] = moments[:, None, None] + (numpy.arange(DEVICES) * 1_700_000)[None, :, None]
        rows["received"] = rows["at"] + 250_000
        noise = numpy.random.default_rng(day.toordinal()).normal(size=rows.shape)
        rows["value"] = 20 + 5 * numpy.sin(moments / 8.64e10 * 6.283)[:, None, None] + noise
        header = b"PGCOPY\n\xff\r\n\0" + bytes(8)
        return header + rows.tobytes() + b"\xff\xff", rows.size


def roll_up(begin: datetime, end: datetime) -> float:
    """Have the product's job roll everything up; return how many seconds that took."""
    from devices.telemetry import rollups

    began, said = time.perf_counter(), progress("rolled up")
    while not rollups.roll_up(time_limit_s=5):
        done = rollups.completed_until() or begin
        said((done - begin) / (end - begin), f"{done:%Y-%m-%d}")
    return time.perf_counter() - began


def tidy(days: int) -> float:
    """Have the product's job put every day that is over in order; return the seconds."""
    from devices.telemetry import partitions
    from devices.telemetry.jobs import COMPACT_AFTER
    from devices.telemetry.levels import HOUR as HOURS
    from devices.telemetry.levels import MINUTE as MINUTES
    from devices.telemetry.levels import RAW_TABLE

    began, said, done = time.perf_counter(), progress("tidied"), 0
    for table in (RAW_TABLE, MINUTES.table, HOURS.table):
        while tidied := partitions.compact(datetime.now(UTC) - COMPACT_AFTER, table, limit=5):
            done += tidied
            said(done / (2 * days), table)
    return time.perf_counter() - began


class Asking:
    """Random questions of what was filled in, by the product and of the single rows."""

    def __init__(self, filled: Filling, charts: int) -> None:
        self.filled, self.charts = filled, charts
        self.random = random.Random(7)

    def charts_of(self, name: str, span: timedelta) -> None:
        """Ask for charts of that span and print how long they take."""
        from devices.telemetry.selectors import series

        asked = [self._one(span) for _ in range(self.charts)]
        resolutions, took = set(), []
        for device, metric, begin in asked:
            began = time.perf_counter()
            curve = series(device, metric.name, begin, begin + span)
            took.append(time.perf_counter() - began)
            resolutions.add(curve.resolution.value)
            width = curve.width or timedelta(microseconds=1)
        of_rows = timed(
            lambda n: ask(
                CHART_OF_ROWS,
                [width, asked[n][0].pk, asked[n][1].pk, asked[n][2], asked[n][2] + span],
            ),
            self.charts,
        )
        told(f"a chart of {name} ({', '.join(sorted(resolutions))})", took, of_rows, CHART_GOAL_MS)
        self._check(asked[0], span)

    def _check(self, one: tuple[Any, Any, datetime], span: timedelta) -> None:
        """The curve tells of as many numbers as there are."""
        from devices.telemetry.selectors import series

        device, metric, begin = one
        curve = series(device, metric.name, begin, begin + span)
        width = curve.width or timedelta(microseconds=1)
        first = EPOCH + (begin - EPOCH) // width * width
        last = EPOCH - (EPOCH - begin - span) // width * width
        rows = ask(CHART_OF_ROWS, [width, device.pk, metric.pk, first, last])
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
        """Ask for the latest number of every device."""
        from devices.telemetry.selectors import latest_of_site

        assert len(latest_of_site(self.filled.site)) == DEVICES * METRICS
        took = timed(lambda _n: latest_of_site(self.filled.site), self.charts)
        of_rows = timed(lambda _n: ask(LATEST_OF_ROWS, [self.filled.site.pk]), self.charts)
        told("the latest of every device of a site", took, of_rows, LATEST_GOAL_MS)


def ask(question: str, values: list[object]) -> list[Any]:
    """Return the rows that answer an SQL question; none for one that changes something."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return list(cursor.fetchall()) if cursor.description else []


def timed(question: Callable[[int], object], times: int) -> list[float]:
    """Seconds of each asking; fewer when it is slow."""
    took: list[float] = []
    while len(took) < times and (len(took) < FEWEST or sum(took) < PATIENCE_S):
        began = time.perf_counter()
        question(len(took))
        took.append(time.perf_counter() - began)
    return took


def told(what: str, took: list[float], of_rows: list[float], goal_ms: int) -> None:
    """Print p50 and p95 of both, and whether the goal is met."""
    verdict = "met" if percentile(took, 95) * 1000 <= goal_ms else "MISSED"
    print(f"{what}: {both(took)}; goal {goal_ms} ms {verdict}; of single rows {both(of_rows)}")


def both(took: list[float]) -> str:
    """The two percentiles, in words."""
    p50, p95 = (percentile(took, n) * 1000 for n in (50, 95))
    return f"p50 {p50:,.1f} ms, p95 {p95:,.1f} ms"


def percentile(took: list[float], n: int) -> float:
    """Return the value below which ``n`` of a hundred lie."""
    return quantiles(took, n=100, method="inclusive")[n - 1]


def progress(what: str) -> Callable[[float, str], None]:
    """Return what says, every 10 s, which part is done."""
    state = {"next": time.monotonic() + 10}

    def say(part: float, detail: str) -> None:
        if time.monotonic() >= state["next"]:
            state["next"] += 10
            print(f"  {what}: {part:.0%}, {detail}", file=sys.stderr, flush=True)

    return say


def measure(url: str, rows: int, charts: int) -> None:
    """Fill the database, ask, and print the figures."""
    open_product(url)
    filled, began = Filling(url, rows), time.perf_counter()
    filled.fill()
    print(f"{len(filled.days())} days copied in {time.perf_counter() - began:,.0f} s")
    print(f"rolled up in {roll_up(filled.begin, filled.end):,.0f} s")
    print(f"tidied in {tidy(len(filled.days())):,.0f} s", flush=True)
    ask("VACUUM (ANALYZE)", [])  # as autovacuum does in its own time
    asking, whole = Asking(filled, charts), filled.end - filled.begin
    for name, span in {**SPANS, f"{whole.days} days": whole}.items():
        if span <= whole:
            asking.charts_of(name, span)
    asking.latest()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--charts", type=int, default=200)
    parser.add_argument("--database", metavar="URL")
    options = parser.parse_args()
    need, free = options.rows * BYTES_A_ROW, shutil.disk_usage(tempfile.gettempdir()).free
    if not options.database and free < need:
        parser.exit(1, f"needs {need / 1e9:.0f} GB below {tempfile.gettempdir()}: set TMPDIR\n")
    where = database_at(options.database) if options.database else appliance()
    with where as url:
        measure(url, options.rows, options.charts)


if __name__ == "__main__":
    main()
