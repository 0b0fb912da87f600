"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("meters", "0001_initial"),
        ("metering", "0001_squashed_0_1"),
        ("metering", "0002_own_tables"),
        ("metering", "0003_reported_value_and_problem"),
        ("metering", "0004_labels"),
    ]
    dependencies = [
        ("core", "0001_squashed_0018_site_set_up_at"),
        ("devices", "0001_squashed_0008_codes_per_site"),
        ("estate", "0001_squashed_0005_units_with_areas_and_states"),
    ]
    operations = [
        migrations.CreateModel(
            name='MeterPoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, default='', max_length=80, verbose_name='name')),
                ('utility', models.CharField(choices=[('electricity', 'electricity'), ('water', 'cold water'), ('hot_water', 'hot water'), ('gas', 'gas'), ('heat', 'heat'), ('cooling', 'cooling')], max_length=12, verbose_name='utility')),
                ('measure', models.CharField(choices=[('kWh', 'kWh'), ('MWh', 'MWh'), ('m3', 'm³'), ('GJ', 'GJ'), ('MJ', 'MJ')], max_length=4, verbose_name='unit of measure')),
                ('most_per_day', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name='daily maximum')),
                ('building', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='meter_points', to='estate.building')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meter_points', to='core.site')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='meter_points', to='estate.unit')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('unit__isnull', True), ('building__isnull', True), _connector='OR'), name='meter_point_at_one_place'), models.CheckConstraint(condition=models.Q(('most_per_day__isnull', True), ('most_per_day__gt', 0), _connector='OR'), name='meter_point_limit_positive')],
            },
        ),
        migrations.CreateModel(
            name='Meter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial', models.CharField(max_length=60, verbose_name='serial number')),
                ('whole_digits', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(9)], verbose_name='whole digits')),
                ('decimals', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(4)], verbose_name='decimals')),
                ('multiplier', models.DecimalField(decimal_places=6, default=Decimal('1'), max_digits=12, verbose_name='multiplier')),
                ('installed_at', models.DateTimeField(verbose_name='installed')),
                ('removed_at', models.DateTimeField(blank=True, null=True, verbose_name='removed')),
                ('metric', models.CharField(blank=True, default='', max_length=60, verbose_name='metric')),
                ('weight', models.DecimalField(decimal_places=6, default=Decimal('1'), max_digits=12, verbose_name='weight')),
                ('base', models.DecimalField(decimal_places=4, default=Decimal('0'), max_digits=13, verbose_name='base')),
                ('connected_at', models.DateTimeField(blank=True, null=True)),
                ('device', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='utility_meters', to='devices.device')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meters', to='core.site')),
                ('point', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='meters', to='metering.meterpoint')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('point',), name='one_meter_at_a_point'), models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('site', 'serial'), name='meter_serial_once'), models.UniqueConstraint(condition=models.Q(('removed_at', None)), fields=('device', 'metric'), name='meter_metric_once'), models.CheckConstraint(condition=models.Q(('removed_at', None), ('removed_at__gt', models.F('installed_at')), _connector='OR'), name='meter_removed_after_it_was_installed'), models.CheckConstraint(condition=models.Q(('multiplier__gt', 0), ('weight__gt', 0)), name='meter_factors_positive'), models.CheckConstraint(condition=models.Q(('decimals__lte', 4), ('whole_digits__range', (1, 9))), name='meter_digits_known'), models.CheckConstraint(condition=models.Q(('device', None), models.Q(models.Q(('metric', ''), _negated=True), ('connected_at__isnull', False)), _connector='OR'), name='meter_device_has_metric')],
            },
        ),
        migrations.CreateModel(
            name='MeterReading',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('entered_at', models.DateTimeField()),
                ('register', models.DecimalField(decimal_places=4, max_digits=13, null=True)),
                ('reported', models.FloatField(null=True)),
                ('day', models.DateField(null=True)),
                ('source', models.CharField(choices=[('device', 'device'), ('hand', 'manual'), ('estimate', 'estimate')], max_length=8)),
                ('stage', models.CharField(blank=True, choices=[('', ''), ('installed', 'installation'), ('removed', 'removal')], default='', max_length=9)),
                ('state', models.CharField(choices=[('in_force', 'valid'), ('review', 'to review'), ('rejected', 'rejected'), ('corrected', 'corrected'), ('withdrawn', 'withdrawn')], default='in_force', max_length=9)),
                ('problem', models.CharField(blank=True, choices=[('', ''), ('lower', 'lower than before'), ('between', 'not between its neighbours'), ('high', 'implausibly high'), ('outside', "beyond the register's digits")], default='', max_length=7)),
                ('rolled_over', models.BooleanField(default=False)),
                ('photo', models.CharField(blank=True, default='', max_length=200)),
                ('note', models.CharField(blank=True, default='', max_length=300)),
                ('closed_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('corrects', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrected_by', to='metering.meterreading')),
                ('meter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='readings', to='metering.meter')),
            ],
            options={
                'indexes': [models.Index(fields=['meter', 'at'], name='meter_reading_by_time'), models.Index(condition=models.Q(('state', 'review')), fields=['meter'], name='meter_reading_to_review')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('meter', 'at'), name='one_reading_at_a_time'), models.UniqueConstraint(fields=('meter', 'day'), name='one_device_reading_a_day'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'in_force'), _negated=True), ('register__gte', 0), _connector='OR'), name='what_counts_is_a_number')],
            },
        ),
    ]
