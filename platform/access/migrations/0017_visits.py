"""Visitor passes are visits: on foot, too, with a reason, an approval, and who is inside."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0016_frames_of_passages'),
        ('core', '0025_notification_subjects'),
        ('estate', '0007_doors'),
        ('people', '0022_old_consents_are_deleted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='visitorpass',
            name='asked_at',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='estate.door'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='companions',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='companions'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='company',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='visitor_passes', to='people.company'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='decided_by',
            field=models.CharField(blank=True, default='', max_length=160),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='deposit_receipt',
            field=models.CharField(blank=True, default='', max_length=40, verbose_name='deposit receipt'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='entered_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='entries_on_foot',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='is_on_foot',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='left_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='needs_guard',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='phone',
            field=models.CharField(blank=True, default='', max_length=30, verbose_name='phone'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='reason',
            field=models.CharField(choices=[('visit', 'visit'), ('delivery', 'delivery'), ('contractor', 'contractor'), ('viewing', 'viewing')], default='visit', max_length=10, verbose_name='reason'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='rules_signed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='state',
            field=models.CharField(choices=[('waiting', 'waiting for approval'), ('approved', 'approved'), ('declined', 'declined')], default='approved', max_length=8, verbose_name='state'),
        ),
        migrations.AddIndex(
            model_name='visitorpass',
            index=models.Index(condition=models.Q(('entered_at__isnull', False)), fields=['site', 'entered_at'], name='visitor_inside'),
        ),
        migrations.AddConstraint(
            model_name='visitorpass',
            constraint=models.CheckConstraint(condition=models.Q(('entries_on_foot__lte', models.F('entries_used'))), name='visitor_on_foot_is_a_part'),
        ),
        migrations.AddConstraint(
            model_name='visitorpass',
            constraint=models.CheckConstraint(condition=models.Q(('is_on_foot', False), models.Q(('entered_at__isnull', False), ('entries_on_foot__gt', 0)), _connector='OR'), name='visitor_on_foot_has_entered'),
        ),
        migrations.AddConstraint(
            model_name='visitorpass',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['visit', 'delivery', 'contractor', 'viewing'])), name='visitor_reason_valid'),
        ),
        migrations.AddConstraint(
            model_name='visitorpass',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'approved', 'declined'])), name='visitor_state_valid'),
        ),
    ]
