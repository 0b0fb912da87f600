"""How often the plate reader has begun with a photo."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0014_reading_regions'),
    ]

    operations = [
        migrations.AddField(
            model_name='passage',
            name='read_attempts',
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
