"""Dump a database while it is in use, and load the dump into an empty one."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from psycopg2 import sql

from config.backup.errors import BackupError
from config.backup.server import Server, find_program
from devices.telemetry.levels import LEVELS

Report = Callable[[str], None]
REPORT_EVERY_S = 5.0
_MEBIBYTE = 1024 * 1024
# The product's tables, and the roll-ups where they are continuous aggregates (views); not those of
# an extension, nor single partitions.
_TABLES = """
SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE nspname = 'public' AND NOT relispartition AND (relkind IN ('r', 'p') OR relname = ANY (%s))
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
ORDER BY relname
"""
_ROLES = """
SELECT DISTINCT pg_get_userbyid(oid) FROM (
    SELECT relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION SELECT (aclexplode(relacl)).grantee FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
) role (oid) WHERE oid <> 0
"""


@dataclass(frozen=True)
class Snapshot:
    """One consistent state of the database, which pg_dump reads too."""

    name: str
    connection: Any

    def rows(self, statement: str | sql.Composable, *values: Any) -> list[tuple[Any, ...]]:
        """Return what a query answers in this state."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def counts(self) -> dict[str, int]:
        """Count the rows of every table."""
        tables = [name for (name,) in self.rows(_TABLES, [level.table for level in LEVELS])]
        return {table: self._count(table) for table in tables}

    def _count(self, table: str) -> int:
        statement = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(table))
        return int(self.rows(statement)[0][0])

    def roles(self) -> list[str]:
        """List the roles that own a table or have privileges on one."""
        return sorted(name for (name,) in self.rows(_ROLES))


@contextmanager
def snapshot(server: Server) -> Iterator[Snapshot]:
    """Open a read-only snapshot; what is written meanwhile is not part of the backup."""
    with closing(server.connect()) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            yield Snapshot(cursor.fetchone()[0], connection)


def dump(server: Server, state: Snapshot, target: Path, report: Report) -> None:
    """Write the snapshot to a file in pg_dump's custom format.

    Raises:
        BackupError: pg_dump failed.
    """
    program = find_program("pg_dump", server.major)
    arguments = [
        *("--format=custom", "--no-password", "--lock-wait-timeout=60s"),
        *(f"--snapshot={state.name}", f"--file={target}"),
    ]
    target.touch(mode=0o600)

    def progress(_line: str) -> str:
        return f"database: {target.stat().st_size / _MEBIBYTE:.0f} MB written"

    errors = _run(server, [str(program), *arguments], progress, report)
    if errors is not None:
        raise BackupError(f"pg_dump failed: {errors}")


def load(server: Server, source: Path, *, keep_roles: bool, report: Report) -> str:
    """Load a dump into an empty database.

    Args:
        server: the target.
        source: the dump.
        keep_roles: restore owners and privileges; else everything belongs to the server's role.
        report: receives lines of progress.

    Returns:
        What pg_restore reports as errors it went on after, which it does on TimescaleDB only.

    Raises:
        BackupError: pg_restore failed.
    """
    program = find_program("pg_restore", server.major)
    tolerant = uses_timescaledb(server)
    arguments = ["--no-password", "--verbose", f"--dbname={server.database}"]
    arguments += [] if keep_roles else ["--no-owner", "--no-privileges"]
    # The catalogue of an extension may hold rows of its own. What matters are the tables, whose
    # rows are counted afterwards.
    arguments += [] if tolerant else ["--exit-on-error"]

    def progress(line: str) -> str:
        return f"database: {line.removeprefix('pg_restore: ')}"

    errors = _run(server, [str(program), *arguments, str(source)], progress, report)
    if errors is not None and not tolerant:
        raise BackupError(f"pg_restore failed: {errors}")
    return errors or ""


def uses_timescaledb(server: Server) -> bool:
    """Return whether the extension is in the database."""
    return bool(server.query("SELECT FROM pg_extension WHERE extname = 'timescaledb'"))


def _run(
    server: Server, command: Sequence[str], progress: Callable[[str], str], report: Report
) -> str | None:
    """Run a program, report its progress; return its error lines where it failed."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(  # noqa: S603 - PostgreSQL's program, our arguments
            command, env=server.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            _wait(process, log, progress, report)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        log.seek(0)
        lines = log.read().splitlines()
    if process.returncode == 0:
        return None
    errors = [line for line in lines if "error:" in line or "ERROR:" in line]
    return " ".join(errors[:5]) or " ".join(lines[-2:])


def _wait(
    process: subprocess.Popen[bytes],
    log: IO[str],
    progress: Callable[[str], str],
    report: Report,
) -> None:
    report_at = time.monotonic() + REPORT_EVERY_S
    while process.poll() is None:
        time.sleep(0.05)
        if time.monotonic() >= report_at:
            report(progress(_last_line(log)))
            report_at = time.monotonic() + REPORT_EVERY_S


def _last_line(log: IO[str]) -> str:
    """Return the newest line, without moving the offset at which the program writes."""
    size = os.fstat(log.fileno()).st_size
    tail = os.pread(log.fileno(), 500, max(0, size - 500)).decode(errors="replace")
    return (tail.strip().splitlines() or [""])[-1]
