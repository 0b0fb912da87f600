"""Counts of how well cameras read plates, their declines, and files of labelled photos."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0012_doubt_of_readings'),
        ('core', '0025_notification_subjects'),
        ('devices', '0001_squashed_0008_codes_per_site'),
    ]

    operations = [
        migrations.CreateModel(
            name='LabelExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField()),
                ('file', models.CharField(blank=True, default='', max_length=200)),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.run')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='CameraDecline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('night', models.BooleanField()),
                ('measure', models.CharField(choices=[('found', 'Found'), ('right', 'Right')], max_length=5)),
                ('opened_at', models.DateTimeField()),
                ('usual_hits', models.PositiveIntegerField()),
                ('usual_total', models.PositiveIntegerField()),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='devices.device')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('device', 'night', 'measure'), name='camera_decline_once')],
            },
        ),
        migrations.CreateModel(
            name='CameraHour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('hour', models.PositiveSmallIntegerField()),
                ('readings', models.PositiveIntegerField(default=0)),
                ('found', models.PositiveIntegerField(default=0)),
                ('certain', models.PositiveIntegerField(default=0)),
                ('right', models.PositiveIntegerField(default=0)),
                ('wrong', models.PositiveIntegerField(default=0)),
                ('confidence', models.FloatField(default=0.0)),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='devices.device')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'day'], name='camera_hour_of_site')],
                'constraints': [models.UniqueConstraint(fields=('device', 'day', 'hour'), name='camera_hour_once')],
            },
        ),
    ]
