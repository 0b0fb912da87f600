"""What was paid for a stay is kept by billing alone, as allocations to the stay's charge."""

from django.db import migrations

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [
        ("parking", "0001_squashed_0_1"),
        ("billing", "0005_payment_names_no_stay"),
    ]
    operations = [migrations.DeleteModel("StayPayment")]
