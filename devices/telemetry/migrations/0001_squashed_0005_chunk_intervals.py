"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# Their statements are the same for an installation that is converted to TimescaleDB
# (`devices.telemetry.conversion`), so they stay where they were written.
_TABLE = import_module("devices.telemetry.migrations.0001_initial")
_ROLL_UPS = import_module("devices.telemetry.migrations.0003_rollups")
_INTERVALS = import_module("devices.telemetry.migrations.0005_chunk_intervals")


class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("telemetry", "0001_initial"),
        ("telemetry", "0002_slot"),
        ("telemetry", "0003_rollups"),
        ("telemetry", "0004_rollup_progress"),
        ("telemetry", "0005_chunk_intervals"),
    ]
    dependencies = [
        ("devices", "0001_squashed_0008_codes_per_site"),
    ]
    operations = [
        migrations.CreateModel(
            name='Metric',
            fields=[
                ('id', models.AutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60, unique=True)),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(_TABLE.make_extension),
                migrations.RunPython(_TABLE.make_table),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='Measurement',
                    fields=[
                        ('pk', models.CompositePrimaryKey('device_id', 'metric_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('device', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='devices.device')),
                        ('at', models.DateTimeField()),
                        ('received_at', models.DateTimeField()),
                        ('value', models.FloatField()),
                        ('metric', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.metric')),
                    ],
                ),
            ],
        ),
        migrations.CreateModel(
            name='Latest',
            fields=[
                ('pk', models.CompositePrimaryKey('device_id', 'metric_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('value', models.FloatField()),
                ('device', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='latest', to='devices.device')),
                ('metric', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='telemetry.metric')),
            ],
        ),
        # It is written over and over: room on each page lets PostgreSQL do so in place.
        migrations.RunSQL("ALTER TABLE telemetry_latest SET (fillfactor = 50)"),
        migrations.CreateModel(
            name='Slot',
            fields=[
                ('client_id', models.CharField(max_length=60, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='RollUpProgress',
            fields=[
                ('id', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('claimed_until', models.DateTimeField()),
                ('completed_until', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='LateHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('device_id', models.BigIntegerField()),
                ('hour', models.DateTimeField()),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(_ROLL_UPS.make_rollups),
                migrations.RunPython(_INTERVALS.set_intervals),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='MinuteRollUp',
                    fields=[
                        ('pk', models.CompositePrimaryKey('device_id', 'metric_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('device', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='devices.device')),
                        ('at', models.DateTimeField()),
                        ('sum', models.FloatField()),
                        ('low', models.FloatField()),
                        ('high', models.FloatField()),
                        ('metric', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.metric')),
                        ('count', models.IntegerField()),
                    ],
                    options={
                        'db_table': 'telemetry_minute',
                    },
                ),
                migrations.CreateModel(
                    name='HourRollUp',
                    fields=[
                        ('pk', models.CompositePrimaryKey('device_id', 'metric_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('device', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='devices.device')),
                        ('at', models.DateTimeField()),
                        ('sum', models.FloatField()),
                        ('low', models.FloatField()),
                        ('high', models.FloatField()),
                        ('metric', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.metric')),
                        ('count', models.IntegerField()),
                    ],
                    options={
                        'db_table': 'telemetry_hour',
                    },
                ),
                migrations.CreateModel(
                    name='DayRollUp',
                    fields=[
                        ('pk', models.CompositePrimaryKey('device_id', 'metric_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('device', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='devices.device')),
                        ('at', models.DateTimeField()),
                        ('sum', models.FloatField()),
                        ('low', models.FloatField()),
                        ('high', models.FloatField()),
                        ('metric', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='telemetry.metric')),
                        ('count', models.IntegerField()),
                    ],
                    options={
                        'db_table': 'telemetry_day',
                    },
                ),
            ],
        ),
    ]
