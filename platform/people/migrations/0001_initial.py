"""The schema of version 0.1, whose databases have it recorded; new ones start from the squashed migration."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    initial = True
    dependencies = [
        ('core', '0001_initial'),
        ('estate', '0001_initial'),
    ]
    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('phone', models.CharField(blank=True, default='', max_length=40, verbose_name='telephone')),
                ('email', models.EmailField(blank=True, default='', max_length=254, verbose_name='e-mail')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='core.site')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='people', to='estate.unit')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
            },
        ),
        migrations.CreateModel(
            name='Vehicle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plate', models.CharField(max_length=16, verbose_name='plate')),
                ('folded', models.CharField(max_length=16)),
                ('begins_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vehicles', to='people.person')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='vehicles', to='core.site')),
            ],
            options={
                'indexes': [models.Index(fields=['site', 'folded'], name='vehicle_folded')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ends_at', None)), fields=('site', 'plate'), name='vehicle_plate_once'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('begins_at')), _connector='OR'), name='vehicle_ends_after_it_begins')],
            },
        ),
    ]
