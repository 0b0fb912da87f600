"""Make the roll-ups: continuous aggregates where TimescaleDB Community is, else tables of our own.

Each statement for TimescaleDB is one that its documentation gives, in a form that 2.13 and later
take: "CREATE MATERIALIZED VIEW (continuous aggregate)", "Create an index on a continuous
aggregate", "ALTER TABLE (Compression)" and "Compression on continuous aggregates", whose option
names later versions keep beside the new ones. WITH NO DATA may stand in a transaction.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

VIEWS = ("telemetry_day", "telemetry_hour", "telemetry_minute")  # none stands on one before it
ASK = """
SELECT coalesce(current_setting('timescaledb.license', true), '') = 'timescale'
    AND (SELECT relkind FROM pg_class WHERE oid = 'telemetry_measurement'::regclass) <> 'p'
"""
COLUMNS = """
    device_id bigint NOT NULL,
    at timestamptz NOT NULL,
    sum double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    metric_id integer NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (device_id, metric_id, at)
"""
TABLES = f"""
CREATE TABLE telemetry_minute ({COLUMNS}) PARTITION BY RANGE (at);
CREATE TABLE telemetry_minute_default PARTITION OF telemetry_minute DEFAULT;
CREATE TABLE telemetry_hour ({COLUMNS});
CREATE TABLE telemetry_day ({COLUMNS});
"""
OPTIONS = """timescaledb.continuous,
    timescaledb.materialized_only = true,
    timescaledb.create_group_indexes = false"""
# Materialized only, so that the views tell the same as the tables of plain PostgreSQL: what is
# not rolled up yet is added by the selector, on both. Minutes are of measurements; hours of
# minutes, and days of hours, so that a refresh reads little.
AGGREGATES = (
    f"""
CREATE MATERIALIZED VIEW telemetry_minute WITH ({OPTIONS}) AS
SELECT device_id, metric_id, time_bucket(INTERVAL '1 minute', at) AS at,
    count(*) AS count, sum(value) AS sum, min(value) AS low, max(value) AS high
FROM telemetry_measurement
GROUP BY device_id, metric_id, time_bucket(INTERVAL '1 minute', at)
WITH NO DATA
""",
    f"""
CREATE MATERIALIZED VIEW telemetry_hour WITH ({OPTIONS}) AS
SELECT device_id, metric_id, time_bucket(INTERVAL '1 hour', at) AS at,
    sum(count)::bigint AS count, sum(sum) AS sum, min(low) AS low, max(high) AS high
FROM telemetry_minute
GROUP BY device_id, metric_id, time_bucket(INTERVAL '1 hour', at)
WITH NO DATA
""",
    f"""
CREATE MATERIALIZED VIEW telemetry_day WITH ({OPTIONS}) AS
SELECT device_id, metric_id, time_bucket(INTERVAL '1 day', at) AS at,
    sum(count)::bigint AS count, sum(sum) AS sum, min(low) AS low, max(high) AS high
FROM telemetry_hour
GROUP BY device_id, metric_id, time_bucket(INTERVAL '1 day', at)
WITH NO DATA
""",
    "CREATE INDEX telemetry_minute_series ON telemetry_minute (device_id, metric_id, at)",
    "CREATE INDEX telemetry_hour_series ON telemetry_hour (device_id, metric_id, at)",
    "CREATE INDEX telemetry_day_series ON telemetry_day (device_id, metric_id, at)",
)
# Said of the roll-ups too: from 2.25 on they are not segmented by what they are grouped by unless
# it is said ("Convert continuous aggregates to the columnstore"), and a series would be read with
# all others.
SEGMENTS = """timescaledb.compress = true,
    timescaledb.compress_segmentby = 'device_id, metric_id',
    timescaledb.compress_orderby = 'at'"""
# A refresh asks for a span of time only, which the key, by device first, would not find. (Not a
# BRIN index: timescaledb issue 1163.)
COLUMNSTORE = (
    "CREATE INDEX telemetry_measurement_at ON telemetry_measurement (at DESC)",
    f"ALTER TABLE telemetry_measurement SET ({SEGMENTS})",
    f"ALTER MATERIALIZED VIEW telemetry_minute SET ({SEGMENTS})",
    f"ALTER MATERIALIZED VIEW telemetry_hour SET ({SEGMENTS})",
    # A batch of late rows may touch many compressed segments: refused, it would come again and
    # again. Only the database's owner may say so for every session; "DML on compressed data".
    """
DO $$ BEGIN
    EXECUTE format(
        'ALTER DATABASE %I SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0',
        current_database()
    );
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'set timescaledb.max_tuples_decompressed_per_dml_transaction = 0 yourself';
END $$
""",
)


def make_rollups(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Ask this database which of the two it can have: the licence Apache-2 has no aggregates."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ASK)
        statements = (*AGGREGATES, *COLUMNSTORE) if cursor.fetchone()[0] else (TABLES,)
        for statement in statements:
            cursor.execute(statement)


def drop_rollups(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop them again, whichever they are."""
    with schema_editor.connection.cursor() as cursor:
        for name in VIEWS:
            cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [name])
            kind = "MATERIALIZED VIEW" if cursor.fetchone()[0] == "v" else "TABLE"
            cursor.execute(f"DROP {kind} {name}")
        cursor.execute("DROP INDEX IF EXISTS telemetry_measurement_at")


def rollup(name: str, table: str) -> migrations.CreateModel:
    """The state of one of the three, which are alike."""
    key = ("device_id", "metric_id", "at")
    reference = {
        "db_constraint": False,
        "db_index": False,
        "on_delete": django.db.models.deletion.DO_NOTHING,
        "related_name": "+",
    }
    return migrations.CreateModel(
        name=name,
        fields=[
            (
                "pk",
                models.CompositePrimaryKey(
                    *key, blank=True, editable=False, primary_key=True, serialize=False
                ),
            ),
            ("at", models.DateTimeField()),
            ("count", models.IntegerField()),
            ("sum", models.FloatField()),
            ("low", models.FloatField()),
            ("high", models.FloatField()),
            ("device", models.ForeignKey(to="devices.device", **reference)),
            ("metric", models.ForeignKey(to="telemetry.metric", **reference)),
        ],
        options={"db_table": table},
    )


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0002_slot")]

    operations = [
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("claimed", models.DateTimeField()),
                ("done", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LateHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("device_id", models.BigIntegerField()),
                ("hour", models.DateTimeField()),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_rollups, drop_rollups)],
            state_operations=[
                rollup("MinuteRollUp", "telemetry_minute"),
                rollup("HourRollUp", "telemetry_hour"),
                rollup("DayRollUp", "telemetry_day"),
            ],
        ),
    ]
