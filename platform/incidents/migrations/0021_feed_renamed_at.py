"""When the name of a feed was changed last."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('incidents', '0020_feed_signing_keys'),
    ]

    operations = [
        migrations.AddField(
            model_name='feedendpoint',
            name='renamed_at',
            field=models.DateTimeField(null=True),
        ),
    ]
