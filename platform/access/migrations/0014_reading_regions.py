"""Where in a camera's picture plates are read."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0013_camera_accuracy'),
        ('devices', '0001_squashed_0008_codes_per_site'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadingRegion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('corners', models.JSONField(default=list)),
                ('least_height', models.FloatField(default=0.0)),
                ('camera', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reading_region', to='devices.device')),
            ],
        ),
    ]
