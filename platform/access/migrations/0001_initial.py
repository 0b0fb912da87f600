"""The schema of version 0.1, whose databases have it recorded; new ones start from the squashed migration."""

from core.one_step_migration import OneStepMigration
import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(OneStepMigration):
    initial = True
    dependencies = [
        ('core', '0001_initial'),
        ('devices', '0001_initial'),
        ('estate', '0001_initial'),
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
            ],
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('open', 'open'), ('hold', 'guard decides'), ('pay', 'payment due'), ('refuse', 'refused')], max_length=6)),
                ('rule', models.CharField(max_length=40)),
                ('facts', models.JSONField(default=dict)),
                ('trace', models.JSONField(default=list)),
                ('plate', models.CharField(blank=True, default='', max_length=16)),
                ('at', models.DateTimeField()),
                ('took_us', models.PositiveIntegerField()),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
            ],
            options={
                'ordering': ['pk'],
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
                ('state', models.CharField(choices=[('reading', 'reading the plate'), ('held', 'waits for the guard'), ('unpaid', 'waits for payment'), ('refused', 'refused'), ('opening', 'opening'), ('open', 'barrier open'), ('unanswered', 'barrier did not answer'), ('passed', 'passed'), ('turned_back', 'turned back'), ('reread', 'read again')], max_length=12)),
                ('forgotten', models.BooleanField(default=False)),
                ('evidence', models.BooleanField(default=False)),
                ('opened_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PlateRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('camera', 'camera'), ('reader', 'our reader'), ('match', 'matched to a known plate'), ('guard', 'corrected by a person')], max_length=6)),
                ('raw_text', models.CharField(blank=True, default='', max_length=64)),
                ('text', models.CharField(blank=True, default='', max_length=16)),
                ('confidence', models.FloatField()),
                ('colour', models.CharField(blank=True, default='', max_length=15)),
                ('box', models.JSONField(null=True)),
                ('format_name', models.CharField(blank=True, default='', max_length=60)),
                ('device_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
            ],
            options={
                'ordering': ['pk'],
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
            ],
        ),
        migrations.AddField(
            model_name='accesslistentry',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accesslistentry',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_list', to='core.site'),
        ),
        migrations.AddField(
            model_name='decision',
            name='actor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='decision',
            name='command',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='devices.command'),
        ),
        migrations.AddField(
            model_name='passage',
            name='device',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='devices.device'),
        ),
        migrations.AddField(
            model_name='passage',
            name='lane',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='estate.lane'),
        ),
        migrations.AddField(
            model_name='passage',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='passages', to='core.site'),
        ),
        migrations.AddField(
            model_name='decision',
            name='passage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='access.passage'),
        ),
        migrations.AddField(
            model_name='plateread',
            name='actor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plateread',
            name='passage',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reads', to='access.passage'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='host',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='visitor_passes', to='people.person'),
        ),
        migrations.AddField(
            model_name='visitorpass',
            name='site',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='visitor_passes', to='core.site'),
        ),
        migrations.AddIndex(
            model_name='accesslistentry',
            index=models.Index(fields=['site', 'folded'], name='access_list_folded'),
        ),
        migrations.AddConstraint(
            model_name='accesslistentry',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='access_list_entry_ends_after_it_begins'),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(fields=['lane', '-at'], name='passage_of_lane'),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(fields=['site', '-at'], name='passage_of_site'),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(fields=['site', 'folded', '-at'], name='passage_of_plate'),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(condition=models.Q(('state', 'reading')), fields=['at'], name='passage_to_read'),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(condition=models.Q(('forgotten', False)), fields=['received_at'], name='passage_kept'),
        ),
        migrations.AddIndex(
            model_name='visitorpass',
            index=models.Index(fields=['site', 'folded'], name='visitor_pass_folded'),
        ),
        migrations.AddConstraint(
            model_name='visitorpass',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('begins_at'))), name='visitor_pass_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='visitorpass',
            constraint=models.CheckConstraint(condition=models.Q(('entries_used__lte', models.F('entries_allowed'))), name='visitor_pass_not_overused'),
        ),
    ]
