"""The schema of version 0.1, whose databases have it recorded; new ones start from the squashed migration."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    initial = True
    dependencies = [
        ('core', '0001_initial'),
    ]
    operations = [
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True, verbose_name='code')),
                ('name', models.CharField(blank=True, default='', max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('camera', 'camera'), ('barrier', 'barrier'), ('bay_sensor', 'bay sensor'), ('meter', 'meter'), ('sensor', 'sensor'), ('door', 'door controller'), ('face_terminal', 'face terminal')], max_length=20, verbose_name='kind')),
                ('driver', models.CharField(max_length=40, verbose_name='driver')),
                ('serial', models.CharField(blank=True, max_length=60, null=True, unique=True, verbose_name='serial number')),
                ('topic', models.CharField(blank=True, max_length=240, null=True, unique=True, verbose_name='topic')),
                ('options', models.JSONField(blank=True, default=dict, verbose_name='options')),
                ('firmware', models.CharField(blank=True, default='', max_length=60, verbose_name='firmware')),
                ('model', models.CharField(blank=True, default='', max_length=60, verbose_name='model')),
                ('enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('password_version', models.PositiveSmallIntegerField(default=1)),
                ('key_version', models.PositiveSmallIntegerField(default=1)),
                ('last_seq', models.PositiveBigIntegerField(default=0)),
                ('state', models.CharField(choices=[('unknown', 'never seen'), ('online', 'online'), ('offline', 'offline')], default='unknown', max_length=10, verbose_name='state')),
                ('state_since', models.DateTimeField(null=True)),
                ('interval_s', models.PositiveIntegerField(default=60, verbose_name='reports every (s)')),
                ('last_seen_at', models.DateTimeField(null=True)),
                ('alert_after', models.DateTimeField(db_index=True, null=True)),
                ('clock_offset_ms', models.IntegerField(null=True, verbose_name='clock offset (ms)')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='devices', to='core.site')),
            ],
            options={
                'verbose_name': 'device',
                'verbose_name_plural': 'devices',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=160)),
                ('begun_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('total', models.PositiveIntegerField()),
                ('done', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('last_letter', models.BigIntegerField(default=0)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replays', to='core.site')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Command',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cmd_id', models.CharField(max_length=40, unique=True)),
                ('action', models.CharField(max_length=30)),
                ('args', models.JSONField(default=dict)),
                ('seq', models.PositiveBigIntegerField()),
                ('issued_at', models.DateTimeField()),
                ('not_after', models.DateTimeField()),
                ('actor', models.CharField(max_length=160)),
                ('reason', models.CharField(max_length=240)),
                ('key_id', models.CharField(max_length=80)),
                ('sig', models.CharField(max_length=128)),
                ('state', models.CharField(choices=[('queued', 'queued'), ('sent', 'sent'), ('done', 'done'), ('refused', 'refused by the device'), ('unknown', 'no answer'), ('expired', 'never sent')], default='queued', max_length=10)),
                ('sent_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', models.JSONField(null=True)),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commands', to='devices.device')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ['queued', 'sent'])), fields=['not_after'], name='command_unanswered'), models.Index(condition=models.Q(('state__in', ['refused', 'unknown', 'expired'])), fields=['issued_at'], name='command_failed')],
                'constraints': [models.UniqueConstraint(fields=('device', 'seq'), name='command_seq_once')],
            },
        ),
        migrations.CreateModel(
            name='DeviceAlarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=20)),
                ('active', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='devices.device')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('device', 'what'), name='device_alarm_once')],
            },
        ),
        migrations.CreateModel(
            name='DeviceEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120)),
                ('type', models.CharField(max_length=30)),
                ('at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_index=True)),
                ('detail', models.JSONField(default=dict)),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='devices.device')),
            ],
            options={
                'indexes': [models.Index(fields=['device', '-id'], name='device_event_newest')],
                'constraints': [models.UniqueConstraint(fields=('device', 'key'), name='device_event_once')],
            },
        ),
        migrations.CreateModel(
            name='DeadLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(max_length=512)),
                ('payload', models.BinaryField()),
                ('size', models.PositiveIntegerField(default=0)),
                ('field', models.CharField(max_length=120)),
                ('problem', models.CharField(max_length=400)),
                ('mend', models.CharField(max_length=400)),
                ('received_at', models.DateTimeField(db_index=True)),
                ('replayed_at', models.DateTimeField(null=True)),
                ('replayed_by', models.CharField(blank=True, default='', max_length=160)),
                ('discarded_at', models.DateTimeField(null=True)),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dead_letters', to='core.site')),
                ('replay', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='letters', to='devices.replay')),
            ],
            options={
                'ordering': ['-received_at'],
                'indexes': [models.Index(condition=models.Q(('discarded_at', None), ('replayed_at', None)), fields=['site', '-received_at'], name='dead_letter_open'), models.Index(fields=['topic'], name='dead_letter_topic', opclasses=['varchar_pattern_ops']), models.Index(condition=models.Q(('replay__isnull', False)), fields=['replay', 'id'], name='dead_letter_replay')],
            },
        ),
    ]
