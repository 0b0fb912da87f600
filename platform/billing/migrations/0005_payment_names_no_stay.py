"""A payment is for charges: its references to a stay and to parking's quote go."""

from django.db import migrations

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [("billing", "0004_charges_of_stays")]
    operations = [
        migrations.RemoveField("payment", "stay"),
        migrations.RemoveField("payment", "quote"),
    ]
