"""Make the measurement table: a hypertable where TimescaleDB is, else cut by native partitions."""

import django.db.models.deletion
from django.db import Error, migrations, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

COLUMNS = """
    device_id bigint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    value double precision NOT NULL,
    metric_id integer NOT NULL,
    PRIMARY KEY (device_id, metric_id, at)
"""
HYPERTABLE = f"""
CREATE TABLE telemetry_measurement ({COLUMNS});
SELECT create_hypertable(
    'telemetry_measurement', by_range('at', INTERVAL '1 day'), create_default_indexes => false
);
"""
# The default partition takes what no day's partition is there for: late batches, mostly.
PARTITIONED = f"""
CREATE TABLE telemetry_measurement ({COLUMNS}) PARTITION BY RANGE (at);
CREATE TABLE telemetry_measurement_default PARTITION OF telemetry_measurement DEFAULT;
"""


# Asked of the settings that its loader makes: without it, CREATE EXTENSION ends the connection.
LOADED_AND_AT_HAND = """
SELECT EXISTS (SELECT FROM pg_settings WHERE name LIKE 'timescaledb.%')
    AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
"""


def make_extension(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put TimescaleDB into the database where the server has loaded it and we may."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(LOADED_AND_AT_HAND)
        if not cursor.fetchone()[0]:
            return
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
        except Error as error:
            print(f"TimescaleDB is not used: {error}")


def make_table(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Ask this database which of the two it can be: only TimescaleDB knows the setting."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('timescaledb.license', true), '') <> ''")
        cursor.execute(HYPERTABLE if cursor.fetchone()[0] else PARTITIONED)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("devices", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Metric",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60, unique=True)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(make_extension, migrations.RunPython.noop),
                migrations.RunPython(make_table, migrations.RunPython.noop),
                migrations.RunSQL(migrations.RunSQL.noop, "DROP TABLE telemetry_measurement"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Measurement",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "device_id",
                                "metric_id",
                                "at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        ("received_at", models.DateTimeField()),
                        ("value", models.FloatField()),
                        (
                            "device",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="devices.device",
                            ),
                        ),
                        (
                            "metric",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                to="telemetry.metric",
                            ),
                        ),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name="Latest",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "device_id",
                        "metric_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("value", models.FloatField()),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="latest",
                        to="devices.device",
                    ),
                ),
                (
                    "metric",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="telemetry.metric",
                    ),
                ),
            ],
        ),
        # It is written over and over: room on each page lets PostgreSQL do so in place.
        migrations.RunSQL(
            "ALTER TABLE telemetry_latest SET (fillfactor = 50)",
            migrations.RunSQL.noop,
        ),
    ]
