"""Evidence of incidents, the cameras that take pictures, links to evidence, sealed files."""

from core.one_step_migration import OneStepMigration
import core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(OneStepMigration):

    dependencies = [
        ('core', '0022_retention'),
        ('devices', '0001_squashed_0008_codes_per_site'),
        ('estate', '0006_device_places'),
        ('incidents', '0011_exercises'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CameraNetworks',
            fields=[
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='camera_networks', serialize=False, to='core.site')),
                ('networks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=43), blank=True, default=list, size=None)),
            ],
        ),
        migrations.AddField(
            model_name='occurrence',
            name='collected_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='EvidenceCamera',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('url', models.CharField(blank=True, default='', max_length=400, verbose_name='snapshot address')),
                ('username', models.CharField(blank=True, default='', max_length=80, verbose_name='user name')),
                ('password', models.TextField(blank=True, default='')),
                ('longitude', models.FloatField(null=True, verbose_name='longitude')),
                ('latitude', models.FloatField(null=True, verbose_name='latitude')),
                ('direction', models.PositiveSmallIntegerField(default=0, verbose_name='direction (°)')),
                ('angle', models.PositiveSmallIntegerField(default=360, verbose_name='angle of view (°)')),
                ('range_m', models.PositiveIntegerField(default=30, verbose_name='range (m)')),
                ('enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('test_image', models.CharField(blank=True, default='', max_length=200)),
                ('test_asked_at', models.DateTimeField(null=True)),
                ('tested_at', models.DateTimeField(null=True)),
                ('problem', models.CharField(blank=True, default='', max_length=40)),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='devices.device')),
                ('lanes', models.ManyToManyField(blank=True, related_name='+', to='estate.lane')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='evidence_cameras', to='core.site')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('photo', 'picture'), ('passage', 'passage'), ('curve', 'curve'), ('values', 'values'), ('file', 'file')], max_length=8)),
                ('taken_at', models.DateTimeField()),
                ('collected_at', models.DateTimeField()),
                ('image', models.CharField(blank=True, default='', max_length=200)),
                ('values', models.JSONField(default=dict)),
                ('sha256', models.CharField(max_length=64)),
                ('erased', models.BooleanField(default=False)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='incidents.incident')),
                ('camera', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='incidents.evidencecamera')),
            ],
            options={
                'verbose_name_plural': 'evidence',
                'ordering': ['taken_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='EvidenceLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=core.ids.public_id, max_length=32, unique=True)),
                ('authority', models.CharField(max_length=120, verbose_name='authority')),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.feedendpoint')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence_links', to='incidents.incident')),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-issued_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='IncidentExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField()),
                ('file', models.CharField(blank=True, default='', max_length=200)),
                ('sha256', models.CharField(blank=True, default='', max_length=64)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to='incidents.incident')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.run')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='LinkOpening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(blank=True, default='', max_length=160)),
                ('address', models.CharField(max_length=45)),
                ('user_agent', models.CharField(blank=True, default='', max_length=200)),
                ('evidence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.evidence')),
                ('link', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='openings', to='incidents.evidencelink')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='PictureRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offset_s', models.PositiveSmallIntegerField()),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('taken', 'taken'), ('failed', 'failed')], default='waiting', max_length=8)),
                ('asked_at', models.DateTimeField(null=True)),
                ('problem', models.CharField(blank=True, default='', max_length=40)),
                ('camera', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='incidents.evidencecamera')),
                ('command', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='devices.command')),
                ('occurrence', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='picture_requests', to='incidents.occurrence')),
            ],
            options={
                'ordering': ['occurrence', 'offset_s'],
            },
        ),
        migrations.AddConstraint(
            model_name='evidencecamera',
            constraint=models.UniqueConstraint(fields=('site', 'name'), name='evidence_camera_name_once'),
        ),
        migrations.AddConstraint(
            model_name='evidencecamera',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('device__isnull', False), ('url', '')), models.Q(('device', None), models.Q(('url', ''), _negated=True)), _connector='OR'), name='evidence_camera_has_one_source'),
        ),
        migrations.AddConstraint(
            model_name='evidencecamera',
            constraint=models.CheckConstraint(condition=models.Q(('angle__gt', 0), ('angle__lte', 360), ('direction__lt', 360), ('range_m__gt', 0)), name='evidence_camera_has_field_of_view'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('incident', 'provider', 'key'), name='evidence_once'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(('erased', False), models.Q(('image', ''), ('values', {})), _connector='OR'), name='erased_evidence_is_empty'),
        ),
        migrations.AddConstraint(
            model_name='evidencelink',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('issued_at'))), name='evidence_link_expires_later'),
        ),
        migrations.AddConstraint(
            model_name='evidencelink',
            constraint=models.CheckConstraint(condition=models.Q(('authority', ''), _negated=True), name='evidence_link_has_authority'),
        ),
        migrations.AddConstraint(
            model_name='picturerequest',
            constraint=models.UniqueConstraint(fields=('occurrence', 'offset_s'), name='picture_request_once'),
        ),
    ]
