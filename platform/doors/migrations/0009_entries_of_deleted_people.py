"""Let a device's entry outlive its person until the device has confirmed the deletion."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [
        ("doors", "0008_holiday_windows"),
        ("people", "0022_old_consents_are_deleted"),
    ]

    operations = [
        migrations.AlterField(
            model_name="deviceentry",
            name="person",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="device_entries",
                to="people.person",
            ),
        ),
    ]
