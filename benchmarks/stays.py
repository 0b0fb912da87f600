"""Measure what stays cost: in bulk, beside a long timeline, and at two hundred lanes at once.

1. **In bulk.** Records of past visits are stored as passages, and their stays derived, priced,
   closed and charged (`parking.bulk`). Beside it stands the time of plain INSERTs of the same rows
   with the same triggers, as the floor.
2. **A long timeline.** Decisions at entry and exit about a plate with 500 passages, and about one
   without any. The ratio of both is printed.
3. **Many lanes.** One gates process decides about cars at 200 lanes that arrive at once; the echo
   of as many messages, which decides nothing, is the ceiling of broker and client. Then cars
   arrive at a steady rate, and the oldest decision is printed.

Usage: ``python benchmarks/stays.py [--stays 5000] [--cars 2000] [--rate 100] [--smoke]``
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts.running import running_appliance  # noqa: E402
from devices.link import Session  # noqa: E402
from tests.faults.appliance import Appliance, wait_for  # noqa: E402

SITE, TIMEOUT_S = "bench", 120.0
PASSING = timedelta(seconds=8)
TABLES = ("parking_stay", "billing_charge", "billing_ledgerentry", "billing_ledgerline")
MANY_LANES = f"""
from tests.factories import *
site = SiteFactory(slug="{SITE}")
lot = LotFactory(site=site, capacity=1000000)
TariffFactory(lot=lot)
gate = GateFactory(site=site)
for n in range({{lanes}}):
    camera, arm = (
        DeviceFactory(site=site, code=f"{{{{kind}}}}-{{{{n}}}}", serial=None, driver="gatehouse",
                      kind=kind)
        for kind in ("camera", "barrier")
    )
    LaneFactory(site=site, gate=gate, lot=lot, camera=camera, barrier=arm)
"""
_keys = count(1)


@contextmanager
def discarded() -> Iterator[None]:
    """Check all constraints at the end of the block, then discard its writes."""
    from django.db import connection, transaction

    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


def visits(lanes: Sequence[Any], number: int, begins: datetime, plate: str) -> list[Any]:
    """Return the reads of so many visits; ``plate`` formats the number of the car."""
    from access.bulk import PastRead

    reads = []
    for n in range(number):
        entered = begins + timedelta(seconds=37 * n)
        left = entered + timedelta(minutes=10 + 13 * (n % 40))
        for lane, at in zip(lanes, (entered, left), strict=True):
            reads.append(PastRead(lane, plate.format(n), at, moved_at=at + PASSING))
    return reads


def measure_bulk(appliance: Appliance, number: int) -> None:
    """Compare the bulk path with plain INSERTs of the same rows."""
    from access.bulk import record_past_reads
    from parking.bulk import record_stays
    from tests.gate import GateScene

    gate = GateScene.build()
    lanes, begins = (gate.entry, gate.exit), datetime.now(UTC) - timedelta(days=20)
    record_stays(gate.lot, record_past_reads(visits(lanes, 20, begins, "京W{:05d}")))
    reads = visits(lanes, number, begins, "沪B{:05d}")
    passages, stored = timed(lambda: record_past_reads(reads))
    analyse(appliance)
    marks = [last_row(table) for table in TABLES]
    with discarded():
        before = time.process_time()
        _, took = timed(lambda: record_stays(gate.lot, passages))
        cpu = time.process_time() - before
        rows = [rows_after(table, mark) for table, mark in zip(TABLES, marks, strict=True)]
    with discarded():
        _, floor = timed(lambda: [insert(t, r) for t, r in zip(TABLES, rows, strict=True)])
    print(f"passages stored in bulk      {len(reads) / stored:8,.0f} reads/s")
    print(f"stays priced and closed      {number / took:8,.0f} stays/s", end="")
    print(f"  ({1000 * cpu / number:.2f} ms CPU each, without PostgreSQL's)")
    print(f"plain INSERTs of their rows  {number / floor:8,.0f} stays/s", end="")
    print(f"  ({sum(len(each[1]) for each in rows):,} rows; ratio {took / floor:.2f})")


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Return the function's result and the seconds it took."""
    began = time.perf_counter()
    return function(), time.perf_counter() - began


def last_row(table: str) -> int:
    """Return the highest primary key of a table."""
    return ask(f"SELECT coalesce(max(id), 0) FROM {table}")[1][0][0]  # noqa: S608


def ask(statement: str, values: Sequence[Any] = ()) -> tuple[list[str], list[Any]]:
    """Return the columns and the rows of a query."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [each[0] for each in cursor.description], cursor.fetchall()


def rows_after(table: str, pk: int) -> tuple[list[str], list[Any]]:
    """Return a table's rows above a primary key."""
    return ask(f"SELECT * FROM {table} WHERE id > %s", [pk])  # noqa: S608


def insert(table: str, rows: tuple[list[str], list[Any]]) -> None:
    """Insert rows with as few statements as PostgreSQL's drivers make of them."""
    from django.db import connection
    from psycopg2.extras import execute_values

    names = ", ".join(rows[0])
    casts = _casts(table, rows[0])
    with connection.cursor() as cursor:
        statement = f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE VALUES %s"  # noqa: S608
        execute_values(cursor.cursor, statement, rows[1], casts, page_size=1000)


def _casts(table: str, names: Sequence[str]) -> str:
    types = dict(
        ask(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = %s::regclass",
            [table],
        )[1]
    )
    return f"({', '.join(f'%s::{types[name]}' for name in names)})"


def measure_timeline(appliance: Appliance, passages: int, rounds: int) -> None:
    """Compare decisions about a plate that has come often with those about a new one."""
    from access.bulk import PastRead, record_past_reads
    from parking.bulk import record_stays
    from tests.gate import GateScene

    gate = GateScene.build()
    begins = datetime.now(UTC) - timedelta(days=29)
    seen = [begins + timedelta(minutes=30 * n) for n in range(passages)]
    reads = [
        PastRead((gate.entry, gate.exit)[n % 2], "沪C00001", at, moved_at=at + PASSING)
        for n, at in enumerate(seen)
    ]
    record_stays(gate.lot, record_past_reads(reads))
    analyse(appliance)
    taken: dict[str, list[float]] = {"沪C00001": [], "沪C99999": []}
    for _ in range(rounds):
        for plate, times in taken.items():
            with discarded():
                times.append(timed(lambda plate=plate: _visit(gate, plate))[1])
    old, new = (statistics.median(times) * 1000 for times in taken.values())
    print(f"entry and exit, {passages} passages before  {old:6.2f} ms")
    print(f"entry and exit, none before          {new:6.2f} ms  (ratio {old / new:.2f})")


def analyse(appliance: Appliance) -> None:
    """Let the planner know the tables, as autovacuum does within a minute in operation."""
    with closing(appliance.superuser()) as connection, connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _visit(gate: Any, plate: str) -> None:
    gate.sees(gate.entry, plate)
    gate.moves(gate.entry, "passed")
    gate.sees(gate.exit, plate)
    gate.moves(gate.exit, "passed")


class Lanes:
    """Cameras and barriers of many lanes, on one connection."""

    def __init__(self, appliance: Appliance, lanes: int) -> None:
        self._appliance, self._lanes = appliance, lanes
        appliance.manage("shell", "--command", MANY_LANES.format(lanes=lanes))
        analyse(appliance)
        self._gates = appliance.ingest("gates")
        wait_for(lambda: " listens at " in appliance.log_of("gates"), "gates is subscribed")
        topics = [f"gh/v1/{SITE}/+/down/command", "bench/echo/out"]
        self._session = Session(appliance.mqtt_url, "bench-lanes", topics)
        wait_for(
            lambda: bool(self._session.receive(0, 0.05)) or self._session.connected, "it listens"
        )

    def cars(self, number: int, rate: float | None, plate: str) -> tuple[float, list[float]]:
        """Let cars arrive, at once or at a rate, each lane in turn.

        Returns:
            Seconds from the first event to the last command, and those of each command.
        """
        return self._run(number, rate, lambda n: self._event(n, plate))

    def echo(self, number: int) -> float:
        """Return the seconds that as many echoes take."""
        return self._run(number, None, lambda n: ("bench/echo/in", b"x" * 300))[0]

    def cpu(self) -> float:
        """Return the CPU seconds of the gates process so far."""
        import psutil

        assert self._gates.process is not None
        times = psutil.Process(self._gates.process.pid).cpu_times()
        return times.user + times.system

    def _event(self, n: int, plate: str) -> tuple[str, bytes]:
        lane = n % self._lanes
        body = {
            "v": 1,
            "id": f"b{next(_keys)}",
            "at": datetime.now(UTC).isoformat(),
            "type": "plate",
            "plate": plate.format(n),
            "confidence": 0.99,
        }
        return f"gh/v1/{SITE}/camera-{lane}/up/event", json.dumps(body).encode()

    def _run(
        self, number: int, rate: float | None, message: Callable[[int], tuple[str, bytes]]
    ) -> tuple[float, list[float]]:
        began, sent, taken = time.perf_counter(), [], []
        while len(taken) < number:
            while len(sent) < number and self._is_time(began, len(sent), rate):
                sent.append(time.perf_counter())
                self._session.publish(*message(len(sent) - 1))
            received = self._session.receive(1000, 0.002)
            self._session.ack(received)
            now = time.perf_counter()
            # Commands come in the order of the cars, as far as their times matter here.
            taken += [now - sent[len(taken) + n] for n in range(len(received))]
            if now - began > TIMEOUT_S:
                raise TimeoutError(f"{len(taken)} of {number} answered")
        return time.perf_counter() - began, taken

    @staticmethod
    def _is_time(began: float, sent: int, rate: float | None) -> bool:
        return rate is None or time.perf_counter() >= began + sent / rate


def measure_lanes(appliance: Appliance, cars: int, lanes: int, rate: float) -> None:
    """Measure decisions a second of one gates process, beside the echo."""
    echo = subprocess.Popen([sys.executable, __file__, "--echo", appliance.mqtt_url])
    try:
        field = Lanes(appliance, lanes)
        field.cars(min(50, cars), None, "京A{:05d}")
        echoed = field.echo(cars)
        before = field.cpu()
        took, taken = field.cars(cars, None, "沪D{:05d}")
        cpu = field.cpu() - before
        print(
            f"{cars} cars at {lanes} lanes at once: {cars / took:,.0f} decisions/s,"
            f" last after {max(taken):.1f} s, {1000 * cpu / cars:.1f} ms CPU each;"
            f" echo {cars / echoed:,.0f}/s"
        )
        took, taken = field.cars(cars // 2, rate, "沪E{:05d}")
        print(
            f"{rate:.0f} cars/s: oldest decision {max(taken):.2f} s,"
            f" p50 {1000 * statistics.median(taken):.0f} ms, {cars // 2 / took:,.0f} decisions/s"
        )
    finally:
        echo.terminate()
        echo.wait()


def echo_forever(url: str) -> None:
    """Publish each received message back at once."""
    session = Session(url, "bench-echo", ["bench/echo/in"])
    while True:
        for message in session.receive(1000, 10):
            session.publish("bench/echo/out", message.payload)
            session.ack([message])


def main() -> None:
    """Run the benchmark, or the echo that it starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stays", type=int, default=5000)
    parser.add_argument("--cars", type=int, default=2000)
    parser.add_argument("--lanes", type=int, default=200)
    parser.add_argument("--rate", type=float, default=100, help="cars a second")
    parser.add_argument("--smoke", action="store_true", help="a few of each: does it run at all?")
    parser.add_argument("--echo", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.echo:
        echo_forever(options.echo)
    elif options.smoke:
        run(stays=20, passages=10, rounds=1, cars=10, lanes=4, rate=20)
    else:
        run(options.stays, 500, 30, options.cars, options.lanes, options.rate)


def run(stays: int, passages: int, rounds: int, cars: int, lanes: int, rate: float) -> None:
    """Measure on an appliance that is started for it."""
    with running_appliance() as appliance:
        import django

        django.setup()
        measure_bulk(appliance, stays)
        measure_timeline(appliance, passages, rounds)
        measure_lanes(appliance, cars, lanes, rate)


if __name__ == "__main__":
    main()
