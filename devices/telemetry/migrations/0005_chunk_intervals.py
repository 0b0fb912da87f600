"""Set the chunk intervals of the continuous aggregates; a no-op on plain PostgreSQL.

TimescaleDB gives an aggregate ten times the interval of its hypertable, and aggregates of aggregates
inherit it: ten days, so that ten years of days would be 365 chunks. Existing chunks keep their span;
new ones get the new interval. TimescaleDB: "set_chunk_time_interval".
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

INTERVALS = {
    "telemetry_minute": "7 days",
    "telemetry_hour": "60 days",
    "telemetry_day": "365 days",
}
CONTINUOUS = "SELECT relkind = 'v' FROM pg_class WHERE oid = 'telemetry_minute'::regclass"
SET_INTERVAL = """
SELECT set_chunk_time_interval(
    format('%%I.%%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass,
    %s::interval
) FROM timescaledb_information.continuous_aggregates WHERE view_name = %s
"""


def set_intervals(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Set each aggregate's interval on the hypertable that stores it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(CONTINUOUS)
        if cursor.fetchone()[0]:
            for view, interval in INTERVALS.items():
                cursor.execute(SET_INTERVAL, [interval, view])


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0004_rollup_progress")]

    operations = [migrations.RunPython(set_intervals, migrations.RunPython.noop)]
