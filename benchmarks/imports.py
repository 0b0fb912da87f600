"""Measure how fast lists are imported, and that a long list needs no more memory than a short one.

A list of units comes as a workbook, one of their owners as a CSV file in GB18030 with semicolons.
Each is uploaded, checked and confirmed as the console does, with the jobs' own functions. Beside
it stands `psql \\copy` of the same rows into a table with the same key, as the floor. The peak of
the process's memory is compared with that after a list of a tenth of the rows. The processor time
of the process and of its database session says what a list costs on a machine that is busy.

Usage: ``python benchmarks/imports.py [--rows 20000] [--database URL] [--smoke]``
"""

import argparse
import csv
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts.running import database, use_settings  # noqa: E402
from config.appliance.postgres import binary  # noqa: E402

KEYS = {"GATEHOUSE_SECRET_KEY": "benchmark", "GATEHOUSE_MASTER_KEY": "ab" * 32}
GOAL_S = 60.0
UNITS_A_BUILDING = 200
Table = Sequence[Sequence[Any]]


def units(rows: int) -> Table:
    """Return a list of units."""
    table: list[Sequence[Any]] = [
        ("Building", "Unit", "Use", "Floor", "Built-up area", "Usable area", "State", "State since")
    ]
    for n in range(rows):
        building, unit = divmod(n, UNITS_A_BUILDING)
        area = 40 + n % 100
        table.append(
            (
                f"B{building}",
                f"{unit:04d}",
                "flat",
                unit // 4,
                area,
                area - 9.5,
                "let",
                "2026-01-01",
            )
        )
    return table


def owners(rows: int) -> Table:
    """Return a list of the units' owners."""
    table: list[Sequence[Any]] = [("姓名", "楼栋", "房号", "身份", "手机号", "入住日期", "缴费人")]
    for n in range(rows):
        building, unit = divmod(n, UNITS_A_BUILDING)
        name, phone = f"业主{n}", str(13_000_000_000 + n)
        table.append((name, f"B{building}", f"{unit:04d}", "owner", phone, "2026/1/2", "是"))
    return table


def as_workbook(table: Table) -> bytes:
    """Write a table as XLSX."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in table:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_text(table: Table) -> bytes:
    """Write a table as Excel in China saves it."""
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows(table)
    return text.getvalue().encode("gb18030")


def import_list(site: Any, user: Any, kind: str, data: bytes) -> tuple[float, float]:
    """Import a list; return the seconds of its check and of its import."""
    from core import imports

    began = time.perf_counter()
    batch = imports.upload(site, user, kind, "list", data)
    work(batch)
    checked = time.perf_counter()
    batch.refresh_from_db()
    if batch.state != "checked":
        raise RuntimeError(f"{batch.problem} {list(batch.rows.values_list('problems')[:3])}")
    batch = imports.confirm(batch, user)
    work(batch)
    batch.refresh_from_db()
    assert batch.state == "applied", batch.problem
    return checked - began, time.perf_counter() - checked


def work(batch: Any) -> None:
    """Let the batch's run work to its end."""
    from core import runs

    while not runs.work_on_chunk(batch.run_id).is_ended:
        pass


def copy(url: str, table: Table) -> float:
    """Return the seconds of `psql \\copy` of the rows into a table with the same key."""
    columns = [f"c{n} text" for n in range(len(table[0]))]
    text = io.StringIO()
    csv.writer(text).writerows(table[1:])
    script = (
        f"DROP TABLE IF EXISTS copied; CREATE TABLE copied (id bigserial PRIMARY KEY, "
        f"{', '.join(columns)}, UNIQUE (c0, c1, c2));\n"
        f"\\copy copied ({', '.join(name.split()[0] for name in columns)}) FROM STDIN CSV\n"
    )
    began = time.perf_counter()
    subprocess.run(
        [binary("psql"), "--quiet", "--set", "ON_ERROR_STOP=1", url],
        input=(script + text.getvalue() + "\\.\n").encode(),
        check=True,
    )
    return time.perf_counter() - began


def peak_mib() -> float:
    """Return the highest memory use of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_s() -> float:
    """Return the processor time of this process and of its session's process of PostgreSQL."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    session = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + session


def measure(url: str, rows: int) -> None:
    """Import both lists at both sizes, and print what they took."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.factories import SiteFactory, UserFactory

    user = UserFactory()
    for size in (max(rows // 10, 10), rows):
        site = SiteFactory()
        for kind, table, data in lists(size):
            before = cpu_s()
            checked, applied = import_list(site, user, kind, data)
            report(kind, size, checked, applied, cpu_s() - before)
            copied = copy(url, table)
            ratio = (checked + applied) / copied
            print(f"         psql \\copy {copied:5.2f} s, ratio {ratio:5.1f}", flush=True)
        print(f"peak memory after {size:,} rows: {peak_mib():,.0f} MiB")


def lists(rows: int) -> Iterable[tuple[str, Table, bytes]]:
    """Yield each list with its kind and its file."""
    yield "units", units(rows), as_workbook(units(rows))
    yield "people", owners(rows), as_text(owners(rows))


def report(kind: str, rows: int, checked: float, applied: float, cpu: float) -> None:
    """Print the times of one list."""
    took = checked + applied
    verdict = "within" if took <= GOAL_S else "over"
    print(
        f"{kind:8} {rows:7,} rows  checked {checked:6.1f} s  imported {applied:6.1f} s  "
        f"({rows / took:7,.0f} rows/s; {verdict} {GOAL_S:.0f} s)  "
        f"processor {cpu:5.1f} s",
        flush=True,
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--database", help="URL of a database of the server to use")
    parser.add_argument("--smoke", action="store_true", help="a few rows only")
    options = parser.parse_args()
    rows = 60 if options.smoke else options.rows
    with database(options.database) as url:
        use_settings({**KEYS, "DATABASE_URL": url})
        import django

        django.setup()
        measure(url, rows)


if __name__ == "__main__":
    main()
