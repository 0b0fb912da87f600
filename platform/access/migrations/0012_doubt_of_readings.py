"""Why a result of the plate reader is not certain."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0011_reduced_passages'),
    ]

    operations = [
        migrations.AddField(
            model_name='plateread',
            name='doubt',
            field=models.CharField(blank=True, default='', max_length=20),
        ),
    ]
