"""Add the private keys of a feed, beside its secrets."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [('incidents', '0019_peer_clock')]

    operations = [
        migrations.AddField(
            model_name='feedendpoint',
            name='signing_key',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AddField(
            model_name='feedendpoint',
            name='previous_signing_key',
            field=models.TextField(blank=True, default=''),
        ),
    ]
