"""Passages without photo and raw readings, and a hash in place of a deleted plate."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0010_visitors_of_homes'),
    ]

    operations = [
        migrations.AddField(
            model_name='passage',
            name='plate_hash',
            field=models.CharField(blank=True, default='', max_length=32),
        ),
        migrations.AddField(
            model_name='passage',
            name='reduced',
            field=models.BooleanField(default=False),
        ),
    ]
