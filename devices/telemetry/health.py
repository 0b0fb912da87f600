"""What `manage.py doctor` reports about telemetry: TimescaleDB's state and the roll-ups' lag."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.telemetry import buckets, columnstore, rollups, timescale
from devices.telemetry.levels import RAW_TABLE
from devices.telemetry.partitions import Storage, storage_of

MAX_LAG = timedelta(minutes=15)
# Versions that lose or omit telemetry, with the issue (docs/telemetry.md).
FAULTY_VERSIONS: dict[str, Promise] = {
    "2.22.0": gettext_lazy(
        "TimescaleDB %(version)s leaves gaps in the roll-ups (timescaledb issue 8621)."
    )
}
MIN_VERSION = (2, 19)
_LIMIT = "timescaledb.max_tuples_decompressed_per_dml_transaction"
_COMPRESSED = """
SELECT EXISTS (SELECT FROM timescaledb_information.chunks
    WHERE is_compressed AND hypertable_name = %s)
"""


@dataclass(frozen=True)
class Finding:
    """One fault and its remedy."""

    problem: str
    hint: str


def findings(now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with telemetry's tables in this database."""
    if timescale.installed_version():
        yield from _licence()
        yield from _version()
        yield from _limit()
    yield from _lag(now)


def _licence() -> Iterator[Finding]:
    licence = timescale.license_name()
    if licence == timescale.APACHE and _needs_community():
        yield Finding(
            _(
                "TimescaleDB runs under the Apache licence, and this database uses features of the "
                "Community licence (columnstore or continuous aggregates): no telemetry can be "
                "stored."
            ),
            _(
                "install the Community package (image timescale/timescaledb without -oss), set "
                "timescaledb.license = 'timescale' in postgresql.conf and restart PostgreSQL."
            ),
        )
    if licence == timescale.COMMUNITY and not _uses_all_features():
        yield Finding(
            _(
                "TimescaleDB runs as Community, but telemetry was created without its columnstore "
                "or continuous aggregates."
            ),
            "manage.py use_hypertables (docs/telemetry.md).",
        )


def _needs_community() -> bool:
    """Return whether the tables use what the Apache licence refuses."""
    if buckets.uses_continuous_aggregates():
        return True
    if storage_of(RAW_TABLE) is not Storage.CHUNKS:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_COMPRESSED, [RAW_TABLE])
        return bool(cursor.fetchone()[0]) or columnstore.is_enabled(RAW_TABLE)


def _uses_all_features() -> bool:
    return buckets.uses_continuous_aggregates() and columnstore.is_enabled(RAW_TABLE)


def _version() -> Iterator[Finding]:
    installed, available = timescale.installed_version(), timescale.available_version()
    versions = {"version": installed, "available": available}
    update = _(
        "back up, then run ALTER EXTENSION timescaledb UPDATE as the first statement of a new "
        "psql -X session (docs/telemetry.md)."
    )
    if installed in FAULTY_VERSIONS:
        yield Finding(str(FAULTY_VERSIONS[installed]) % versions, update)
    elif _parts(installed) < MIN_VERSION:
        text = _("TimescaleDB %(version)s may lose late rows (issue 7672).")
        yield Finding(text % versions, update)
    elif available and available != installed:
        text = _("the server offers TimescaleDB %(available)s, and this database uses %(version)s.")
        yield Finding(text % versions, update)


def _parts(version: str) -> tuple[int, ...]:
    major, minor, *_rest = version.split("-")[0].split(".")
    return int(major), int(minor)


def _limit() -> Iterator[Finding]:
    """A late batch may touch many compressed segments; over the limit it is rejected for ever."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(nullif(current_setting('{_LIMIT}', true), ''), '0')")
        limit = str(cursor.fetchone()[0])
    if limit != "0" and _needs_community():
        yield Finding(
            _("late batches are rejected above %(limit)s rows of compressed data.")
            % {"limit": limit},
            _("ALTER DATABASE … SET %(name)s = 0 as the database's owner, then restart.")
            % {"name": _LIMIT},
        )


def _lag(now: datetime) -> Iterator[Finding]:
    completed = rollups.completed_until()
    if completed is not None and now - completed > MAX_LAG:
        minutes = int((now - completed).total_seconds() // 60)
        yield Finding(
            _("the roll-ups are %(minutes)s minutes behind.") % {"minutes": minutes},
            _("see whether the jobs process runs, and its log for roll_up."),
        )
