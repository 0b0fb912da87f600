"""The schema of version 0.1, whose databases have it recorded; new ones start from the squashed migration."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    initial = True
    dependencies = [
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('plate_watchlist', 'watch-listed plate'), ('tailgating', 'tailgating'), ('barrier_forced', 'barrier forced open'), ('barrier_hit', 'barrier hit'), ('door_forced', 'door forced open'), ('device_alarm', 'device alarm'), ('device_offline', 'device offline')], max_length=20, verbose_name='kind')),
                ('source', models.CharField(max_length=80)),
                ('severity', models.CharField(choices=[('extreme', 'extreme'), ('severe', 'severe'), ('moderate', 'moderate'), ('minor', 'minor')], max_length=10, verbose_name='severity')),
                ('state', models.CharField(choices=[('detected', 'detected'), ('triage', 'being looked at'), ('confirmed', 'confirmed'), ('closed', 'closed'), ('false_alarm', 'false alarm')], default='detected', max_length=12, verbose_name='state')),
                ('cleared', models.BooleanField(default=False)),
                ('acked_at', models.DateTimeField(null=True)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('occurrences', models.PositiveIntegerField(default=1)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('review_reason', models.CharField(blank=True, default='', max_length=400)),
                ('ended_at', models.DateTimeField(null=True)),
                ('acked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reviewed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='core.site')),
            ],
        ),
        migrations.CreateModel(
            name='Occurrence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('detail', models.JSONField(default=dict)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log', to='incidents.incident')),
            ],
            options={
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='WatchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plate', models.CharField(max_length=16, verbose_name='plate')),
                ('folded', models.CharField(max_length=16)),
                ('legal_basis', models.CharField(choices=[('court_order', 'court order'), ('police_request', 'police request'), ('stolen_vehicle', 'stolen vehicle report'), ('site_ban', 'ban from the site')], max_length=20, verbose_name='legal basis')),
                ('document_no', models.CharField(max_length=80, verbose_name='document no.')),
                ('requesting_org', models.CharField(max_length=120, verbose_name='requesting organisation')),
                ('requesting_officer', models.CharField(max_length=120, verbose_name='requesting officer')),
                ('reason', models.CharField(max_length=400, verbose_name='reason')),
                ('begins_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('approved_at', models.DateTimeField(null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='watch_list', to='core.site')),
            ],
        ),
        migrations.AddField(
            model_name='incident',
            name='watch_entry',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='incidents.watchentry'),
        ),
        migrations.AddIndex(
            model_name='watchentry',
            index=models.Index(fields=['site', 'folded'], name='watch_folded'),
        ),
        migrations.AddConstraint(
            model_name='watchentry',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begins_at'))), name='watch_entry_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='watchentry',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('created_by')), _negated=True), _connector='OR'), name='watch_entry_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='watchentry',
            constraint=models.CheckConstraint(condition=models.Q(('document_no', ''), _negated=True), name='watch_entry_has_document_no'),
        ),
        migrations.AddConstraint(
            model_name='watchentry',
            constraint=models.CheckConstraint(condition=models.Q(('requesting_org', ''), _negated=True), name='watch_entry_has_requesting_org'),
        ),
        migrations.AddConstraint(
            model_name='watchentry',
            constraint=models.CheckConstraint(condition=models.Q(('requesting_officer', ''), _negated=True), name='watch_entry_has_requesting_officer'),
        ),
        migrations.AddConstraint(
            model_name='watchentry',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='watch_entry_has_reason'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['site', '-last_at'], name='incident_of_site'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['closed', 'false_alarm']), _negated=True), fields=('site', 'kind', 'source'), name='one_active_incident'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['detected', 'triage']), ('reviewed_by__isnull', False), ('cleared', True), _connector='OR'), name='incident_is_reviewed_or_cleared_before_it_moves_on'),
        ),
    ]
