"""The schema of version 0.1, whose databases have it recorded; new ones start from the squashed migration."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    initial = True
    dependencies = [
        ('core', '0001_initial'),
        ('devices', '0001_initial'),
    ]
    operations = [
        migrations.CreateModel(
            name='Building',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('outline', models.JSONField(default=list)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='buildings', to='core.site')),
            ],
        ),
        migrations.CreateModel(
            name='Gate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('longitude', models.FloatField(default=0.0)),
                ('latitude', models.FloatField(default=0.0)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gates', to='core.site')),
            ],
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('capacity', models.PositiveIntegerField(verbose_name='capacity')),
                ('hold_watched', models.BooleanField(default=False, verbose_name='hold watch-listed cars')),
                ('outline', models.JSONField(default=list)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lots', to='core.site')),
            ],
        ),
        migrations.CreateModel(
            name='Lane',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('direction', models.CharField(choices=[('entry', 'entry'), ('exit', 'exit')], max_length=5, verbose_name='direction')),
                ('plate_colours', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=15), blank=True, default=list, size=None)),
                ('camera_limit', models.PositiveSmallIntegerField(default=90, validators=[django.core.validators.MaxValueValidator(100)])),
                ('reader_limit', models.PositiveSmallIntegerField(default=95, validators=[django.core.validators.MaxValueValidator(100)])),
                ('known_limit', models.PositiveSmallIntegerField(default=75, validators=[django.core.validators.MaxValueValidator(100)])),
                ('reread_seconds', models.PositiveIntegerField(default=60)),
                ('barrier', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='barrier_lanes', to='devices.device')),
                ('camera', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='lane', to='devices.device')),
                ('gate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lanes', to='estate.gate')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lanes', to='estate.lot')),
            ],
        ),
        migrations.CreateModel(
            name='Bay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('status', models.CharField(choices=[('free', 'free'), ('occupied', 'occupied'), ('reserved', 'reserved'), ('closed', 'closed'), ('unknown', 'unknown')], default='unknown', max_length=10, verbose_name='status')),
                ('status_at', models.DateTimeField(null=True)),
                ('outline', models.JSONField(default=list)),
                ('sensor', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='bay', to='devices.device')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bays', to='estate.lot')),
            ],
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('building', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='units', to='estate.building')),
            ],
        ),
        migrations.AddConstraint(
            model_name='building',
            constraint=models.UniqueConstraint(fields=('site', 'code'), name='building_code_once'),
        ),
        migrations.AddConstraint(
            model_name='gate',
            constraint=models.UniqueConstraint(fields=('site', 'code'), name='gate_code_once'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.UniqueConstraint(fields=('site', 'code'), name='lot_code_once'),
        ),
        migrations.AddConstraint(
            model_name='lane',
            constraint=models.UniqueConstraint(fields=('gate', 'code'), name='lane_code_once'),
        ),
        migrations.AddConstraint(
            model_name='bay',
            constraint=models.UniqueConstraint(fields=('lot', 'code'), name='bay_code_once'),
        ),
        migrations.AddConstraint(
            model_name='unit',
            constraint=models.UniqueConstraint(fields=('building', 'code'), name='unit_code_once'),
        ),
    ]
