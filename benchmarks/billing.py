"""Measure billing on a large site; each part is a measurement of its own.

run: a billing run over all units of a site (staged, issued, undone), the peak of the process's
memory beside that of a run of a tenth of the units, the processor time of the process and of its
database session, and the time in which PostgreSQL inserts and copies the same rows without foreign
keys and triggers, as the floor.

ledger: a trial balance, statements of a year and arrears over 50 ledger lines for each row; entries
posted in bulk and one by one, beside the time in which PostgreSQL inserts and copies the same rows.

stays: stays priced, charged and posted in bulk, as benchmarks/stays.py does. From a webhook to the
command that opens the barrier is benchmarks/pay_to_open.py.

Usage: ``python benchmarks/billing.py [--part run] [--rows 100000] [--database URL] [--smoke]``
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from benchmarks.parts import bill_runs, ledger_reports  # noqa: E402
from benchmarks.parts.running import database, use_settings  # noqa: E402

KEYS = {"GATEHOUSE_SECRET_KEY": "benchmark", "GATEHOUSE_MASTER_KEY": "ab" * 32}


class Server:
    """The database server, as the benchmark of stays connects to it."""

    def __init__(self, url: str) -> None:
        self._url = url

    def superuser(self) -> Any:
        """Return a connection that commits each statement."""
        connection = psycopg2.connect(self._url)
        connection.autocommit = True
        return connection


def measure_stays(url: str, rows: int) -> None:
    """Price, charge and post a twentieth of the rows as stays."""
    from benchmarks.stays import measure_bulk

    measure_bulk(Server(url), max(rows // 20, 20))


# Each measures with so many rows in the migrated database of that URL.
PARTS: dict[str, Callable[[str, int], None]] = {
    "run": bill_runs.measure,
    "ledger": ledger_reports.measure,
    "stays": measure_stays,
}
SMOKE_ROWS = 60


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, help="all by default")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", help="URL of a database of the server to use")
    parser.add_argument("--smoke", action="store_true", help="a few rows only")
    options = parser.parse_args()
    with database(options.database) as url:
        use_settings({**KEYS, "DATABASE_URL": url})
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        for name, measure in PARTS.items():
            if options.part in (None, name):
                measure(url, SMOKE_ROWS if options.smoke else options.rows)


if __name__ == "__main__":
    main()
