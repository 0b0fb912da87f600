"""Where TimescaleDB is, the table becomes a hypertable, which makes and drops its own days.

TimescaleDB itself cannot be installed beside the embedded PostgreSQL: stand-ins of its functions,
with the signatures of its documentation, keep a list of how they were called.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.db import connection

from devices.telemetry.partitions import drop_days, is_hypertable, make_days

pytestmark = pytest.mark.django_db
NOON = datetime(2031, 5, 17, 12, tzinfo=UTC)
STAND_INS = """
CREATE TABLE calls (said text);
CREATE FUNCTION by_range(column_name name, partition_interval interval) RETURNS text
    LANGUAGE sql AS $$ SELECT column_name || ' by ' || partition_interval $$;
CREATE FUNCTION create_hypertable(
    relation regclass, dimension text, create_default_indexes boolean DEFAULT true
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO calls VALUES (relation || ' ' || dimension || ' ' || create_default_indexes) $$;
CREATE FUNCTION drop_chunks(relation regclass, older_than timestamptz) RETURNS SETOF text
    LANGUAGE sql AS $$
    INSERT INTO calls VALUES (relation || ' ' || (older_than AT TIME ZONE 'UTC'))
    RETURNING 'one chunk' $$;
SET LOCAL timescaledb.license = 'apache';
"""


@pytest.fixture
def calls() -> Callable[[], list[str]]:
    """Make the table anew on a database that says it has TimescaleDB."""
    migration = import_module("devices.telemetry.migrations.0001_initial")
    with connection.cursor() as cursor:
        cursor.execute(STAND_INS)
        cursor.execute("DROP TABLE telemetry_measurement")
    with connection.schema_editor() as editor:
        migration.make_table(None, editor)

    def read() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT said FROM calls")
            return [said for (said,) in cursor.fetchall()]

    return read


def test_the_table_is_made_a_hypertable_of_days_without_a_second_index(calls):
    assert is_hypertable()
    assert calls() == ["telemetry_measurement at by 1 day false"]


def test_no_days_are_made_for_a_hypertable(calls):
    assert make_days(NOON.date()) == []


def test_days_that_are_over_are_dropped_as_chunks(calls):
    assert drop_days(NOON) == 1
    assert calls()[-1] == "telemetry_measurement 2031-05-17 12:00:00"
