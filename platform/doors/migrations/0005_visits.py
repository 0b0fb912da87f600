"""Visitors at doors: their codes, rights, passages and crossings, rules and bans."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0017_visits'),
        ('core', '0025_notification_subjects'),
        ('devices', '0001_squashed_0008_codes_per_site'),
        ('doors', '0004_live'),
        ('estate', '0007_doors'),
        ('people', '0022_old_consents_are_deleted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='VisitCrossing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('way', models.CharField(blank=True, default='', max_length=3)),
                ('kind', models.CharField(choices=[('lane', 'lane'), ('gate', 'gate for people'), ('entrance', 'entrance')], max_length=8)),
            ],
        ),
        migrations.CreateModel(
            name='VisitorBan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('visitor_name', models.CharField(blank=True, default='', max_length=120, verbose_name='name')),
                ('phone', models.CharField(blank=True, default='', max_length=30, verbose_name='phone')),
                ('plate', models.CharField(blank=True, default='', max_length=16, verbose_name='plate')),
                ('basis', models.CharField(choices=[('court_order', 'court order'), ('police_request', 'police request'), ('site_ban', 'ban from the site')], max_length=20, verbose_name='legal basis')),
                ('reason', models.CharField(max_length=400, verbose_name='reason')),
                ('begins_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('approved_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='VisitRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approved_by_staff', models.JSONField(default=list)),
                ('per_day', models.PositiveSmallIntegerField(blank=True, default=10, null=True, verbose_name='visits per home and day')),
                ('most_companions', models.PositiveSmallIntegerField(default=5, verbose_name='companions at most')),
                ('asks_at_door', models.BooleanField(default=True, verbose_name='visitors may ask at the door')),
                ('text', models.TextField(blank=True, default='', max_length=4000, verbose_name='rules for visitors')),
                ('way', models.TextField(blank=True, default='', max_length=1000, verbose_name='the way in')),
                ('contractors_sign', models.BooleanField(default=False, verbose_name='contractors accept the rules')),
                ('contractors_deposit', models.BooleanField(default=False, verbose_name='contractors leave a deposit')),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='right',
            name='right_is_of_one_kind',
        ),
        migrations.AddField(
            model_name='doorpassage',
            name='visit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='door_passages', to='access.visitorpass'),
        ),
        migrations.AddField(
            model_name='lastpass',
            name='visit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='access.visitorpass'),
        ),
        migrations.AddField(
            model_name='presence',
            name='visit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='access.visitorpass'),
        ),
        migrations.AddField(
            model_name='right',
            name='visit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='door_rights', to='access.visitorpass'),
        ),
        migrations.AddField(
            model_name='token',
            name='door',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='estate.door'),
        ),
        migrations.AddField(
            model_name='token',
            name='is_single_use',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='token',
            name='visit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='access.visitorpass'),
        ),
        migrations.AlterField(
            model_name='lastpass',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person'),
        ),
        migrations.AlterField(
            model_name='presence',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='presences', to='people.person'),
        ),
        migrations.AlterField(
            model_name='right',
            name='who',
            field=models.CharField(choices=[('person', 'one person'), ('household', 'those who live or work in a unit'), ('building', 'those who live or work in a building'), ('residents', 'all who live or work at the site'), ('company', 'staff of a company'), ('role', 'staff with a role'), ('visit', 'a visitor')], max_length=9, verbose_name='who'),
        ),
        migrations.AlterField(
            model_name='token',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='people.person'),
        ),
        migrations.AddIndex(
            model_name='doorpassage',
            index=models.Index(condition=models.Q(('visit__isnull', False)), fields=['visit', '-at'], name='door_passage_of_visit'),
        ),
        migrations.AddConstraint(
            model_name='lastpass',
            constraint=models.UniqueConstraint(fields=('group', 'visit'), name='last_pass_of_visit_once'),
        ),
        migrations.AddConstraint(
            model_name='lastpass',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', False), ('visit__isnull', True)), models.Q(('person__isnull', True), ('visit__isnull', False)), _connector='OR'), name='last_pass_has_one_holder'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.UniqueConstraint(fields=('zone', 'visit'), name='visit_in_zone_once'),
        ),
        migrations.AddConstraint(
            model_name='presence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', False), ('visit__isnull', True)), models.Q(('person__isnull', True), ('visit__isnull', False)), _connector='OR'), name='presence_has_one_holder'),
        ),
        migrations.AddConstraint(
            model_name='right',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('building__isnull', True), ('company__isnull', True), ('person__isnull', False), ('role__isnull', True), ('unit__isnull', True), ('visit__isnull', True), ('who', 'person')), models.Q(('building__isnull', True), ('company__isnull', True), ('person__isnull', True), ('role__isnull', True), ('unit__isnull', False), ('visit__isnull', True), ('who', 'household')), models.Q(('building__isnull', False), ('company__isnull', True), ('person__isnull', True), ('role__isnull', True), ('unit__isnull', True), ('visit__isnull', True), ('who', 'building')), models.Q(('building__isnull', True), ('company__isnull', True), ('person__isnull', True), ('role__isnull', True), ('unit__isnull', True), ('visit__isnull', True), ('who', 'residents')), models.Q(('building__isnull', True), ('company__isnull', False), ('person__isnull', True), ('role__isnull', True), ('unit__isnull', True), ('visit__isnull', True), ('who', 'company')), models.Q(('building__isnull', True), ('company__isnull', True), ('person__isnull', True), ('role__isnull', False), ('unit__isnull', True), ('visit__isnull', True), ('who', 'role')), models.Q(('building__isnull', True), ('company__isnull', True), ('person__isnull', True), ('role__isnull', True), ('unit__isnull', True), ('visit__isnull', False), ('who', 'visit')), _connector='OR'), name='right_is_of_one_kind'),
        ),
        migrations.AddConstraint(
            model_name='token',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', False), ('visit__isnull', True)), models.Q(('person__isnull', True), ('visit__isnull', False)), _connector='OR'), name='token_has_one_holder'),
        ),
        migrations.AddConstraint(
            model_name='token',
            constraint=models.CheckConstraint(condition=models.Q(('visit__isnull', False), models.Q(('door__isnull', True), ('is_single_use', False)), _connector='OR'), name='only_visits_have_single_use'),
        ),
        migrations.AddConstraint(
            model_name='token',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['active', 'suspended', 'lost'])), fields=('visit', 'means'), name='token_of_visit_once'),
        ),
        migrations.AddField(
            model_name='visitcrossing',
            name='visit',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='crossings', to='access.visitorpass'),
        ),
        migrations.AddField(
            model_name='visitorban',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visitorban',
            name='created_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visitorban',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visitor_bans', to='core.site'),
        ),
        migrations.AddField(
            model_name='visitrules',
            name='groups',
            field=models.ManyToManyField(related_name='+', to='estate.doorgroup'),
        ),
        migrations.AddField(
            model_name='visitrules',
            name='site',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='visit_rules', to='core.site'),
        ),
        migrations.AddConstraint(
            model_name='visitcrossing',
            constraint=models.UniqueConstraint(fields=('visit', 'key'), name='visit_crossing_once'),
        ),
        migrations.AddConstraint(
            model_name='visitcrossing',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['lane', 'gate', 'entrance']), ('way__in', ['in', 'out', ''])), name='visit_crossing_valid'),
        ),
        migrations.AddIndex(
            model_name='visitorban',
            index=models.Index(fields=['site', 'ends_at'], name='visitor_ban_by_end'),
        ),
        migrations.AddConstraint(
            model_name='visitorban',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begins_at'))), name='visitor_ban_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='visitorban',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('created_by')), _negated=True), _connector='OR'), name='visitor_ban_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='visitorban',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='visitor_ban_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='visitorban',
            constraint=models.CheckConstraint(condition=models.Q(('phone', ''), ('plate', ''), ('visitor_name', ''), _negated=True), name='visitor_ban_names_somebody'),
        ),
    ]
