"""All tables of a new installation; one of version 0.1 is upgraded by the migrations replaced here."""

import core.constraints
import core.ids
import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    initial = True
    replaces = [
        ("access", "0001_initial"),
        ("access", "0002_initial"),
        ("access", "0003_initial"),
        ("access", "0004_plate_format"),
        ("access", "0005_retention"),
        ("access", "0001_squashed_0_1"),
        ("access", "0002_passage_redacted"),
        ("access", "0003_labels"),
        ("access", "0004_adjusted_time_and_movements"),
        ("access", "0005_seen_at_of_look_alikes"),
        ("access", "0006_no_overlapping_entries"),
        ("access", "0007_issued_passes"),
        ("access", "0008_list_by_time"),
        ("access", "0009_filters_of_lists"),
    ]
    dependencies = [
        ("core", "0001_squashed_0018_site_set_up_at"),
        ("devices", "0001_squashed_0008_codes_per_site"),
        ("estate", "0001_squashed_0005_units_with_areas_and_states"),
        ("people", "0001_squashed_0019_passkeys"),
    ]
    operations = [
        migrations.CreateModel(
            name='AccessListEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('allow', 'allow'), ('block', 'block')], max_length=5, verbose_name='kind')),
                ('plate', models.CharField(max_length=16, verbose_name='plate')),
                ('folded', models.CharField(max_length=16)),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('begins_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_list', to='core.site')),
                ('overlap_tolerated', models.BooleanField(default=False, editable=False)),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'folded'], name='access_list_folded'), models.Index(fields=['site', 'begins_at', 'id'], name='access_list_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='access_list_entry_ends_after_it_begins'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('overlap_tolerated', False)), expressions=[(core.constraints.OnlyValue(models.F('site')), '&&'), (core.constraints.OnlyValue(models.F('kind')), '&&'), (core.constraints.OnlyValue(models.F('plate')), '&&'), (core.constraints.Period(models.F('begins_at'), models.F('ends_at')), '&&')], name='access_list_entry_once_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Passage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('direction', models.CharField(choices=[('entry', 'entry'), ('exit', 'exit')], max_length=5)),
                ('at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('plate', models.CharField(blank=True, default='', max_length=16)),
                ('folded', models.CharField(blank=True, default='', max_length=16)),
                ('confidence', models.FloatField(default=0.0)),
                ('colour', models.CharField(blank=True, default='', max_length=15)),
                ('image', models.CharField(blank=True, default='', max_length=200)),
                ('state', models.CharField(choices=[('reading', 'reading plate'), ('held', 'waiting for guard'), ('unpaid', 'waiting for payment'), ('refused', 'refused'), ('opening', 'opening'), ('open', 'barrier open'), ('unanswered', 'no answer from barrier'), ('passed', 'passed'), ('turned_back', 'turned back'), ('reread', 'read again')], max_length=12)),
                ('redacted', models.BooleanField(default=False)),
                ('evidence', models.BooleanField(default=False)),
                ('opened_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='devices.device')),
                ('lane', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='estate.lane')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='core.site')),
                ('clock_wrong', models.BooleanField(default=False)),
                ('offline', models.BooleanField(default=False)),
                ('seen_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['lane', '-at'], name='passage_of_lane'), models.Index(fields=['site', '-at'], name='passage_of_site'), models.Index(condition=models.Q(('state', 'reading')), fields=['at'], name='passage_to_read'), models.Index(condition=models.Q(('redacted', False)), fields=['received_at'], name='passage_kept'), models.Index(fields=['lane', '-seen_at'], name='passage_seen_at_lane'), models.Index(condition=models.Q(('plate', ''), _negated=True), fields=['site', 'plate', '-seen_at'], name='passage_in_timeline'), models.Index(fields=['site', 'seen_at', 'id'], name='passage_by_time'), models.Index(condition=models.Q(('state', 'passed'), _negated=True), fields=['site', 'state', 'seen_at', 'id'], name='passage_not_passed'), models.Index(condition=models.Q(('folded', ''), _negated=True), fields=['site', 'folded', '-seen_at'], name='passage_with_folded'), models.Index(condition=models.Q(('folded', ''), _negated=True), fields=['site', 'seen_at', 'id'], name='passage_with_plate_by_time')],
            },
        ),
        migrations.CreateModel(
            name='VisitorPass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plate', models.CharField(max_length=16, verbose_name='plate')),
                ('folded', models.CharField(max_length=16)),
                ('visitor_name', models.CharField(blank=True, default='', max_length=120, verbose_name='visitor')),
                ('begins_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('entries_allowed', models.PositiveSmallIntegerField(default=1, verbose_name='entries')),
                ('entries_used', models.PositiveSmallIntegerField(default=0)),
                ('free_minutes', models.PositiveIntegerField(default=0, verbose_name='free minutes')),
                ('code', models.CharField(default=core.ids.public_id, max_length=20, unique=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('host', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='visitor_passes', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visitor_passes', to='core.site')),
                ('issued_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'folded'], name='visitor_pass_folded'), models.Index(fields=['site', 'begins_at', 'id'], name='visitor_pass_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begins_at'))), name='visitor_pass_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('entries_used__lte', models.F('entries_allowed'))), name='visitor_pass_not_overused')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('open', 'open'), ('hold', 'guard decides'), ('pay', 'payment due'), ('refuse', 'refused'), ('record', 'recorded')], max_length=6)),
                ('rule', models.CharField(max_length=40)),
                ('facts', models.JSONField(default=dict)),
                ('trace', models.JSONField(default=list)),
                ('plate', models.CharField(blank=True, default='', max_length=16)),
                ('at', models.DateTimeField()),
                ('took_us', models.PositiveIntegerField()),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('command', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='devices.command')),
                ('passage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='access.passage')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PlateRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('camera', 'camera'), ('reader', 'Gatehouse reader'), ('match', 'matched to a plate on file'), ('guard', 'corrected by staff')], max_length=6)),
                ('raw_text', models.CharField(blank=True, default='', max_length=64)),
                ('text', models.CharField(blank=True, default='', max_length=16)),
                ('confidence', models.FloatField()),
                ('colour', models.CharField(blank=True, default='', max_length=15)),
                ('box', models.JSONField(null=True)),
                ('format_name', models.CharField(blank=True, default='', max_length=60)),
                ('device_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('passage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reads', to='access.passage')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('passed', 'passed'), ('turned_back', 'turned back')], max_length=12)),
                ('plate', models.CharField(blank=True, default='', max_length=16)),
                ('device_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='devices.device')),
                ('lane', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='estate.lane')),
                ('passage', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='movements', to='access.passage')),
            ],
            options={
                'indexes': [models.Index(fields=['lane', '-at'], name='movement_of_lane')],
                'constraints': [models.UniqueConstraint(fields=('device', 'device_at', 'kind', 'plate'), name='movement_once')],
            },
        ),
    ]
