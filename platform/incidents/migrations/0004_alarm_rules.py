"""Alarm rules, their versions, states and periods; incidents that they raise."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('core', '0020_site_contact'),
        ('devices', '0001_squashed_0008_codes_per_site'),
        ('estate', '0001_squashed_0005_units_with_areas_and_states'),
        ('incidents', '0001_squashed_0003_watch_list_by_time'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='incident',
            name='late',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='incident',
            name='kind',
            field=models.CharField(choices=[('plate_watchlist', 'watch-listed plate'), ('tailgating', 'tailgating'), ('barrier_forced', 'barrier forced open'), ('barrier_hit', 'barrier hit'), ('door_forced', 'door forced open'), ('device_alarm', 'device alarm'), ('device_offline', 'device offline'), ('alarm_rule', 'alarm rule')], max_length=20, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='AlarmRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('severity', models.CharField(choices=[('extreme', 'extreme'), ('severe', 'severe'), ('moderate', 'moderate'), ('minor', 'minor')], max_length=10, verbose_name='severity')),
                ('definition', models.JSONField()),
                ('device_kind', models.CharField(blank=True, choices=[('camera', 'camera'), ('barrier', 'barrier'), ('bay_sensor', 'bay sensor'), ('meter', 'meter'), ('sensor', 'sensor'), ('door', 'door controller'), ('face_terminal', 'face terminal')], default='', max_length=20, verbose_name='kind of device')),
                ('auto_clear', models.BooleanField(default=False, verbose_name='closes by itself')),
                ('enabled', models.BooleanField(default=False, verbose_name='enabled')),
                ('watch_from', models.DateTimeField(null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('devices', models.ManyToManyField(blank=True, related_name='+', to='devices.device')),
                ('lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='estate.lot')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarm_rules', to='core.site')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='AlarmPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('late', models.BooleanField(default=False)),
                ('incident', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='periods', to='incidents.incident')),
                ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='periods', to='incidents.alarmrule')),
            ],
            options={
                'ordering': ['-began_at'],
            },
        ),
        migrations.AddField(
            model_name='incident',
            name='rule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='incidents.alarmrule'),
        ),
        migrations.CreateModel(
            name='AlarmRuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('values', models.JSONField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='incidents.alarmrule')),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='AlarmState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=40)),
                ('state', models.JSONField()),
                ('at_rest', models.BooleanField(default=True)),
                ('alert_after', models.DateTimeField(db_index=True, null=True)),
                ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='states', to='incidents.alarmrule')),
            ],
        ),
        migrations.AddConstraint(
            model_name='alarmrule',
            constraint=models.UniqueConstraint(fields=('site', 'name'), name='alarm_rule_name_once'),
        ),
        migrations.AddConstraint(
            model_name='alarmrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('enabled', False), ('watch_from', None)), models.Q(('enabled', True), ('watch_from__isnull', False)), _connector='OR'), name='alarm_rule_watches_while_enabled'),
        ),
        migrations.AddConstraint(
            model_name='alarmperiod',
            constraint=models.UniqueConstraint(fields=('rule', 'source', 'began_at'), name='alarm_period_once'),
        ),
        migrations.AddConstraint(
            model_name='alarmperiod',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('rule', 'source'), name='alarm_period_one_open'),
        ),
        migrations.AddConstraint(
            model_name='alarmperiod',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='alarm_period_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='alarmruleversion',
            constraint=models.UniqueConstraint(fields=('rule', 'number'), name='alarm_rule_version_once'),
        ),
        migrations.AddIndex(
            model_name='alarmstate',
            index=models.Index(condition=models.Q(('at_rest', False)), fields=['source'], name='alarm_state_awake'),
        ),
        migrations.AddConstraint(
            model_name='alarmstate',
            constraint=models.UniqueConstraint(fields=('rule', 'source'), name='alarm_state_once'),
        ),
    ]
