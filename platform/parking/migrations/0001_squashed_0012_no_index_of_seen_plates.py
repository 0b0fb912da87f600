"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

import core.ids
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# The index of stays by parts of their plates uses it.
PLATE_GRAMS = """
CREATE FUNCTION parking_plate_grams(site bigint, folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT site || ':' || substr(folded, n, 2)), '{}')
    FROM generate_series(1, length(folded) - 1) n
$$;
"""


class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("parking", "0001_initial"),
        ("parking", "0002_stays_by_plate_and_to_review"),
        ("parking", "0001_squashed_0_1"),
        ("parking", "0002_payments_are_billings"),
        ("parking", "0003_seen_plates"),
        ("parking", "0004_tariffs_may_be_withdrawn"),
        ("parking", "0005_vehicle_classes"),
        ("parking", "0006_labels"),
        ("parking", "0007_timeline_of_stays"),
        ("parking", "0008_plates_of_passages"),
        ("parking", "0009_days_figures"),
        ("parking", "0010_filters_of_lists"),
        ("parking", "0011_part_of_a_plate"),
        ("parking", "0012_no_index_of_seen_plates"),
    ]
    dependencies = [
        ("core", "0001_squashed_0018_site_set_up_at"),
        ("estate", "0001_squashed_0005_units_with_areas_and_states"),
        ("access", "0001_squashed_0009_filters_of_lists"),
        ("billing", "0001_squashed_0011_filters_of_lists"),
    ]
    operations = [
        migrations.RunSQL(PLATE_GRAMS),
        migrations.CreateModel(
            name='LotRules',
            fields=[
                ('lot', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rules', serialize=False, to='estate.lot')),
                ('admits_unknown', models.BooleanField(default=True, verbose_name='admits unregistered cars')),
                ('reentry_minutes', models.PositiveIntegerField(default=60, verbose_name='re-entry (minutes)')),
                ('lock_seconds', models.PositiveIntegerField(default=30, verbose_name='one in, one out (seconds)')),
                ('lost_entry_charge', models.PositiveIntegerField(default=0, verbose_name='charge for a lost entry')),
                ('opposite_s', models.PositiveIntegerField(default=0, verbose_name='back at once (seconds)')),
            ],
            options={
                'verbose_name_plural': 'lot rules',
            },
        ),
        migrations.CreateModel(
            name='Tariff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('version', models.PositiveIntegerField()),
                ('document', models.JSONField()),
                ('valid_from', models.DateTimeField()),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tariffs', to='estate.lot')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_at', models.DateTimeField(null=True, verbose_name='withdrawn')),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('lot', 'code', 'version'), name='tariff_version_once'), models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), ('withdrawn_at__lt', models.F('valid_from')), _connector='OR'), name='tariff_withdrawn_before_its_start')],
            },
        ),
        migrations.CreateModel(
            name='VehicleClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('title', models.CharField(max_length=60, verbose_name='title')),
                ('title_zh', models.CharField(blank=True, default='', max_length=60, verbose_name='title in Chinese')),
                ('rule', models.CharField(choices=[('colour', 'plate colour'), ('length', 'number of characters'), ('prefix', 'plate begins with'), ('ending', 'plate ends with'), ('plates', 'these plates'), ('default', 'all others')], max_length=10, verbose_name='rule')),
                ('values', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), blank=True, default=list, size=None)),
                ('position', models.PositiveIntegerField(default=100, verbose_name='position')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vehicle_classes', to='core.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='vehicle_class_once'), models.UniqueConstraint(condition=models.Q(('rule', 'default')), fields=('site',), name='one_default_vehicle_class'), models.CheckConstraint(condition=models.Q(models.Q(('rule', 'default'), ('values', [])), models.Q(models.Q(('rule', 'default'), _negated=True), models.Q(('values', []), _negated=True)), _connector='OR'), name='vehicle_class_can_match')],
            },
        ),
        migrations.CreateModel(
            name='Stay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('plate', models.CharField(max_length=16, verbose_name='plate')),
                ('folded', models.CharField(max_length=16)),
                ('vehicle', models.CharField(default='small', max_length=20, verbose_name='class')),
                ('status', models.CharField(choices=[('open', 'inside'), ('closed', 'left'), ('superseded', 'superseded'), ('undone', 'cancelled')], default='open', max_length=10, verbose_name='status')),
                ('cover', models.CharField(blank=True, choices=[('', 'charged by tariff'), ('allow', 'allow list'), ('resident', "resident's car"), ('visitor', 'visitor pass')], default='', max_length=8, verbose_name='cover')),
                ('covered_until', models.DateTimeField(null=True)),
                ('entered_at', models.DateTimeField(verbose_name='entered')),
                ('left_at', models.DateTimeField(null=True, verbose_name='left')),
                ('free_used', models.BooleanField(default=False)),
                ('currency', models.CharField(max_length=3)),
                ('price', models.PositiveBigIntegerField(null=True, verbose_name='price')),
                ('lines', models.JSONField(default=list)),
                ('review', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), default=list, size=None)),
                ('review_reason', models.CharField(blank=True, default='', max_length=200)),
                ('entry_passage', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stay_entered', to='access.passage')),
                ('exit_passage', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stay_left', to='access.passage')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='estate.lot')),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='core.site')),
                ('visitor_pass', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='access.visitorpass')),
                ('tariff', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='parking.tariff')),
                ('covered_from', models.DateTimeField(null=True)),
                ('waiting_passage', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.passage')),
            ],
            options={
                'verbose_name_plural': 'stays',
                'indexes': [models.Index(fields=['site', '-entered_at'], name='stay_of_site'), models.Index(condition=models.Q(('status', 'open')), fields=['site', 'folded'], name='stay_inside'), models.Index(fields=['lot', 'plate', '-left_at'], name='stay_of_plate'), models.Index(condition=models.Q(('review', []), _negated=True), fields=['site', '-entered_at'], name='stay_to_review'), models.Index(fields=['site', 'folded', '-entered_at'], name='stay_of_site_plate'), models.Index(fields=['lot', 'plate', '-entered_at'], name='stay_entered'), models.Index(condition=models.Q(('left_at__isnull', False)), fields=['site', '-left_at'], name='stay_left'), models.Index(condition=models.Q(('status', 'closed'), _negated=True), fields=['site', 'status', 'entered_at', 'id'], name='stay_not_closed'), models.Index(condition=models.Q(('cover__in', ['allow', 'visitor'])), fields=['site', 'cover', 'entered_at', 'id'], name='stay_with_permit'), models.Index(fields=['lot', 'entered_at', 'id'], name='stay_of_lot'), django.contrib.postgres.indexes.GinIndex(models.Func(models.F('site'), models.F('folded'), function='parking_plate_grams', output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)), fastupdate=False, name='stay_plate_part')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('lot', 'plate'), name='one_open_stay'), models.CheckConstraint(condition=models.Q(('left_at__isnull', True), ('left_at__gte', models.F('entered_at')), _connector='OR'), name='stay_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), _negated=True), ('left_at__isnull', True), _connector='OR'), name='open_stay_has_not_left')],
            },
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('price', models.PositiveBigIntegerField()),
                ('due', models.PositiveBigIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('lines', models.JSONField(default=list)),
                ('tariff', models.CharField(max_length=80)),
                ('stay', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='quotes', to='parking.stay')),
            ],
        ),
    ]
