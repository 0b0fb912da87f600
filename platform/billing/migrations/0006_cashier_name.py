"""The cashier's name that a receipt shows, beside the log-in name."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [("billing", "0005_payment_names_no_stay")]
    operations = [
        migrations.AddField(
            "payment",
            "taken_by_name",
            models.CharField(blank=True, default="", max_length=310),
        ),
    ]
