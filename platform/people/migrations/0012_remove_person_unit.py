"""A person's unit is an occupancy."""

from django.db import migrations

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [("people", "0011_units_become_occupancies")]

    operations = [migrations.RemoveField(model_name="person", name="unit")]
