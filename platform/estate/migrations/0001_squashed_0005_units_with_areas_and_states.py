"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

TRIGGER = """
CREATE FUNCTION published_plan_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'plan revision % is published: publish another one', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER published_plan_is_final BEFORE UPDATE ON estate_planrevision
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION published_plan_is_final();
"""


class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("estate", "0001_initial"),
        ("estate", "0001_squashed_0_1"),
        ("estate", "0002_lane_last_moved_at"),
        ("estate", "0003_places"),
        ("estate", "0004_plan_revisions"),
        ("estate", "0005_units_with_areas_and_states"),
    ]
    dependencies = [
        ("core", "0001_squashed_0018_site_set_up_at"),
        ("devices", "0001_squashed_0008_codes_per_site"),
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
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='building_code_once')],
            },
        ),
        migrations.CreateModel(
            name='Gate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('longitude', models.FloatField(blank=True, null=True)),
                ('latitude', models.FloatField(blank=True, null=True)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='gates', to='core.site')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='gate_code_once')],
            },
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
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='lot_code_once')],
            },
        ),
        migrations.CreateModel(
            name='PlanRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('features', models.JSONField(default=list)),
                ('source', models.CharField(blank=True, default='', max_length=200)),
                ('version', models.PositiveIntegerField(default=1)),
                ('changed_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='plan_revisions', to='core.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'number'), name='plan_revision_number_once'), models.UniqueConstraint(condition=models.Q(('published_at', None)), fields=('site',), name='one_plan_draft'), models.CheckConstraint(condition=models.Q(models.Q(('published_at', None), ('published_by', None)), models.Q(('published_at__isnull', False), ('published_by__isnull', False)), _connector='OR'), name='published_plan_has_publisher')],
            },
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
                ('last_moved_at', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('gate', 'code'), name='lane_code_once')],
            },
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
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended')),
                ('restriction', models.CharField(blank=True, choices=[('', 'none'), ('reserved', 'reserved'), ('closed', 'closed')], default='', max_length=10)),
                ('restriction_reason', models.CharField(blank=True, default='', max_length=200)),
                ('sensed', models.CharField(choices=[('free', 'free'), ('occupied', 'occupied'), ('reserved', 'reserved'), ('closed', 'closed'), ('unknown', 'unknown')], default='unknown', max_length=10)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('lot', 'code'), name='bay_code_once')],
            },
        ),
        migrations.CreateModel(
            name='Unit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('building', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='units', to='estate.building')),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='ended')),
                ('built_up_area', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='built-up area')),
                ('coefficient', models.DecimalField(decimal_places=4, default=Decimal('1'), max_digits=8, verbose_name='coefficient')),
                ('floor', models.SmallIntegerField(blank=True, null=True, verbose_name='floor')),
                ('usable_area', models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True, verbose_name='usable area')),
                ('use', models.CharField(choices=[('flat', 'flat'), ('shop', 'shop'), ('office', 'office'), ('warehouse', 'warehouse'), ('store_room', 'store room')], default='flat', max_length=12, verbose_name='use')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('building', 'code'), name='unit_code_once'), models.CheckConstraint(condition=models.Q(models.Q(('built_up_area', None), ('built_up_area__gt', 0), _connector='OR'), models.Q(('usable_area', None), ('usable_area__gt', 0), _connector='OR')), name='unit_areas_are_positive'), models.CheckConstraint(condition=models.Q(('built_up_area', None), ('usable_area', None), ('usable_area__lte', models.F('built_up_area')), _connector='OR'), name='unit_usable_area_within_built_up'), models.CheckConstraint(condition=models.Q(('coefficient__gte', 0)), name='unit_coefficient_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='UnitState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('vacant', 'vacant'), ('occupied', 'occupied'), ('let', 'let'), ('under_renovation', 'under renovation'), ('not_handed_over', 'not handed over')], max_length=16, verbose_name='state')),
                ('begins_on', models.DateField(verbose_name='from')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='states', to='estate.unit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('unit', 'begins_on'), name='unit_state_once_a_day')],
            },
        ),
        migrations.RunSQL(TRIGGER),
    ]
