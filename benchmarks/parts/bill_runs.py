"""Measure a billing run over the units of a site."""

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from config.appliance.postgres import binary

GOAL_S = 60.0
UNITS_A_BUILDING, CHUNK = 200, 5000
NOVEMBER, LONG_AGO = date(2026, 11, 1), date(2020, 1, 1)
TABLES = (
    "fees_runline",
    "fees_runbill",
    "billing_charge",
    "billing_ledgerentry",
    "billing_ledgerline",
    "billing_bill",
    "billing_billline",
)


def measure(url: str, rows: int) -> None:
    """Run a tenth of the units, then all; print what each step took."""
    from tests.factories import FeePriceFactory, SiteFactory, UserFactory

    user = UserFactory()
    for size in (max(rows // 10, 10), rows):
        site = SiteFactory()
        item = FeePriceFactory(item__site=site).item
        populate(site, size)
        execute("ANALYZE")
        run(site, item, user, size)
        print(f"peak memory after {size:,} units: {peak_mib():,.0f} MiB", flush=True)
    floor(url)


def populate(site: Any, size: int) -> None:
    """Give a site so many units, each with an owner who pays."""
    from core.copying import copy_values, new_keys
    from estate.models import Building, Unit
    from people.models import Occupancy, PayerPeriod, Person

    buildings = new_keys(Building, -(-size // UNITS_A_BUILDING))
    names = ((key, site.pk, f"B{n}", f"Building {n}") for n, key in enumerate(buildings))
    copy_values(Building, ("id", "site_id", "code", "name"), names)
    for first in range(0, size, CHUNK):
        numbers = range(first, min(first + CHUNK, size))
        count = len(numbers)
        units, people = new_keys(Unit, count), new_keys(Person, count)
        occupancies = new_keys(Occupancy, count)
        each = list(zip(numbers, units, people, occupancies, strict=True))
        copy_values(
            Unit,
            ("id", "building_id", "code", "use", "built_up_area"),
            (
                (unit, buildings[n // UNITS_A_BUILDING], f"{n:06d}", "flat", 40 + n % 100)
                for n, unit, _person, _occupancy in each
            ),
        )
        copy_values(
            Person,
            ("id", "site_id", "name"),
            ((person, site.pk, f"业主{n}") for n, _unit, person, _occupancy in each),
        )
        copy_values(
            Occupancy,
            ("id", "site_id", "unit_id", "person_id", "role", "begins_on"),
            (
                (occupancy, site.pk, unit, person, "owner", LONG_AGO)
                for _n, unit, person, occupancy in each
            ),
        )
        copy_values(
            PayerPeriod,
            ("occupancy_id", "unit_id", "begins_on"),
            ((occupancy, unit, LONG_AGO) for _n, unit, _person, occupancy in each),
        )


def run(site: Any, item: Any, user: Any, size: int) -> None:
    """Stage, issue and undo a run."""
    from fees.runs import issue_run, start_run, undo_run

    with timed(f"staged    {size:9,} units") as staged:
        bill_run = start_run(site, user, month=NOVEMBER, items=[item])
        work(bill_run)
    with timed(f"issued    {size:9,} bills") as issued:
        bill_run = issue_run(bill_run, user)
        work(bill_run)
    took = staged[0] + issued[0]
    verdict = "within" if took <= GOAL_S else "over"
    print(f"  both {took:6.1f} s, {verdict} {GOAL_S:.0f} s", flush=True)
    with timed(f"undone    {size:9,} bills"):
        bill_run = undo_run(bill_run, user, reason="benchmark")
        work(bill_run)


def work(bill_run: Any) -> None:
    """Let a run's background work come to its end."""
    from core import runs

    bill_run.refresh_from_db()
    while not runs.work_on_chunk(bill_run.work_id).is_ended:
        pass


@contextmanager
def timed(title: str) -> Iterator[list[float]]:
    """Print how long a block took; yields a list that then has the seconds."""
    took: list[float] = []
    began, cpu = time.perf_counter(), cpu_s()
    yield took
    took.append(time.perf_counter() - began)
    own, session = (now - then for now, then in zip(cpu_s(), cpu, strict=True))
    print(
        f"{title}  {took[0]:6.1f} s  (processor {own:5.1f} s, of PostgreSQL {session:5.1f} s)",
        flush=True,
    )


def floor(url: str) -> None:
    """Print in which time PostgreSQL inserts and copies the rows of all runs, keys included."""
    inserted = copied = 0.0
    for table in TABLES:
        execute(
            f"DROP TABLE IF EXISTS floor; CREATE TABLE floor "
            f"(LIKE {table} INCLUDING INDEXES INCLUDING CONSTRAINTS)"
        )
        began = time.perf_counter()
        execute(f"INSERT INTO floor SELECT * FROM {table}")  # noqa: S608 - a constant
        inserted += time.perf_counter() - began
        with tempfile.NamedTemporaryFile() as file:
            psql(url, f"\\copy {table} TO '{file.name}'\n")
            execute("TRUNCATE floor")
            began = time.perf_counter()
            psql(url, f"\\copy floor FROM '{file.name}'\n")
            copied += time.perf_counter() - began
    execute("DROP TABLE floor")
    print(f"rows of all runs: INSERT … SELECT {inserted:.1f} s, psql \\copy {copied:.1f} s")


def execute(statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> None:
    """Run a statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def psql(url: str, script: str) -> None:
    """Run a script by psql."""
    arguments = [binary("psql"), "--quiet", "--set", "ON_ERROR_STOP=1", url]
    subprocess.run(arguments, input=script.encode(), check=True)


def peak_mib() -> float:
    """Return the highest memory use of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_s() -> tuple[float, float]:
    """Return the processor time of this process, and of its session's process of PostgreSQL."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    session = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return time.process_time(), session
