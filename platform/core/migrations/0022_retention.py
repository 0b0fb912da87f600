"""Retention periods of sites, legal holds, and reports of what was deleted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('core', '0021_notifications'),
    ]

    operations = [
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('incident', 'incident'), ('plate', 'plate'), ('person', 'person'), ('period', 'period')], max_length=8, verbose_name='kind')),
                ('incident', models.PositiveBigIntegerField(null=True)),
                ('person', models.PositiveBigIntegerField(null=True)),
                ('plate', models.CharField(blank=True, default='', max_length=16)),
                ('folded', models.CharField(blank=True, default='', max_length=16)),
                ('begins_at', models.DateTimeField(null=True)),
                ('until_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(max_length=400, verbose_name='reason')),
                ('created_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(verbose_name='review on')),
                ('released_at', models.DateTimeField(null=True)),
                ('release_reason', models.CharField(blank=True, default='', max_length=400)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='legal_holds', to='core.site')),
            ],
            options={
                'ordering': ['ends_at', 'pk'],
                'indexes': [models.Index(condition=models.Q(('released_at', None)), fields=['site', 'kind'], name='legal_hold_in_force')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('incident__isnull', False), ('kind', 'incident')), models.Q(('kind', 'person'), ('person__isnull', False)), ('kind', 'plate'), models.Q(('begins_at__isnull', False), ('kind', 'period'), ('until_at__gt', models.F('begins_at'))), _connector='OR'), name='legal_hold_has_subject'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='legal_hold_has_reason'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('created_at'))), name='legal_hold_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(models.Q(('released_at', None), ('released_by', None)), models.Q(('released_at__isnull', False), ('released_by__isnull', False), models.Q(('released_by', models.F('owner')), _negated=True)), _connector='OR'), name='legal_hold_released_by_another')],
            },
        ),
        migrations.CreateModel(
            name='RetentionPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('days', models.PositiveIntegerField(verbose_name='days')),
                ('legal_basis', models.CharField(blank=True, default='', max_length=200, verbose_name='legal basis')),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('site', 'code'), name='retention_period_once'), models.CheckConstraint(condition=models.Q(('days__gt', 0)), name='retention_period_has_days')],
            },
        ),
        migrations.CreateModel(
            name='RetentionReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('deleted', models.PositiveIntegerField()),
                ('held', models.PositiveIntegerField()),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.site')),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['site', 'code', '-at'], name='retention_report_of_class')],
            },
        ),
    ]
