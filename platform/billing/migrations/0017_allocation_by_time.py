"""Find the allocations of the latest weeks by their time."""

import django.contrib.postgres.indexes
from django.db import migrations

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [
        ("billing", "0016_bank_lines_and_entries"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="allocation",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["created_at"], name="allocation_by_time"
            ),
        ),
    ]
