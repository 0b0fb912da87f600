"""The schema of version 0.1, whose databases have it recorded; new ones start from the squashed migration."""

from core.one_step_migration import OneStepMigration
import core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(OneStepMigration):
    initial = True
    dependencies = [
        ('access', '0001_initial'),
        ('core', '0001_initial'),
        ('estate', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name='LotRules',
            fields=[
                ('lot', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rules', serialize=False, to='estate.lot')),
                ('admits_unknown', models.BooleanField(default=True, verbose_name='admits unknown cars')),
                ('reentry_minutes', models.PositiveIntegerField(default=60, verbose_name='re-entry (minutes)')),
                ('lock_seconds', models.PositiveIntegerField(default=30, verbose_name='one in, one out (seconds)')),
                ('lost_entry_charge', models.PositiveIntegerField(default=0, verbose_name='charge without an entry')),
            ],
            options={
                'verbose_name_plural': 'lot rules',
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
                ('status', models.CharField(choices=[('open', 'inside'), ('closed', 'left'), ('superseded', 'superseded'), ('undone', 'undone')], default='open', max_length=10, verbose_name='status')),
                ('cover', models.CharField(blank=True, choices=[('', 'pays by the tariff'), ('allow', 'allow list'), ('resident', "resident's car"), ('visitor', 'visitor pass')], default='', max_length=8, verbose_name='cover')),
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
            ],
            options={
                'verbose_name_plural': 'stays',
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
            ],
        ),
        migrations.AddField(
            model_name='stay',
            name='tariff',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='parking.tariff'),
        ),
        migrations.CreateModel(
            name='StayPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=80, unique=True)),
                ('amount', models.PositiveBigIntegerField()),
                ('at', models.DateTimeField()),
                ('quoted_at', models.DateTimeField()),
                ('stay', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='parking.stay')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='stay_payment_positive')],
            },
        ),
        migrations.AddConstraint(
            model_name='tariff',
            constraint=models.UniqueConstraint(fields=('lot', 'code', 'version'), name='tariff_version_once'),
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(fields=['site', '-entered_at'], name='stay_of_site'),
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(condition=models.Q(('status', 'open')), fields=['site', 'folded'], name='stay_inside'),
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(fields=['lot', 'plate', '-left_at'], name='stay_of_plate'),
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(condition=models.Q(('review', []), _negated=True), fields=['site', '-entered_at'], name='stay_to_review'),
        ),
        migrations.AddConstraint(
            model_name='stay',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('lot', 'plate'), name='one_open_stay'),
        ),
        migrations.AddConstraint(
            model_name='stay',
            constraint=models.CheckConstraint(condition=models.Q(('left_at__isnull', True), ('left_at__gte', models.F('entered_at')), _connector='OR'), name='stay_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='stay',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), _negated=True), ('left_at__isnull', True), _connector='OR'), name='open_stay_has_not_left'),
        ),
    ]
