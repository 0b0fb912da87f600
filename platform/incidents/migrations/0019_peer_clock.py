"""Add how far the clock of a peer of GA/T 1400 is ahead of ours."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [('incidents', '0018_feed_probing')]

    operations = [
        migrations.AddField(
            model_name='feedendpoint',
            name='clock_ahead_s',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='feedendpoint',
            name='clock_read_at',
            field=models.DateTimeField(null=True),
        ),
    ]
