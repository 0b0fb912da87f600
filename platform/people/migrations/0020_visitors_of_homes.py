"""The rules by which residents invite visitors."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('people', '0001_squashed_0019_passkeys'),
    ]

    operations = [
        migrations.AddField(
            model_name='residentrules',
            name='pass_entries',
            field=models.PositiveSmallIntegerField(default=2, verbose_name='entries per visitor pass'),
        ),
        migrations.AddField(
            model_name='residentrules',
            name='pass_free_minutes',
            field=models.PositiveIntegerField(default=0, verbose_name='free minutes of visitors'),
        ),
        migrations.AddField(
            model_name='residentrules',
            name='pass_hours',
            field=models.PositiveSmallIntegerField(default=24, verbose_name='longest visitor pass'),
        ),
        migrations.AddField(
            model_name='residentrules',
            name='passes_per_home',
            field=models.PositiveSmallIntegerField(default=3, null=True, verbose_name='visitor passes per home'),
        ),
    ]
