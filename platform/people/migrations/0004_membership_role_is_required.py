"""Require the role of a membership, and drop the code that named it in 0.1."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [("people", "0003_memberships_point_to_roles")]
    operations = [
        migrations.RemoveField(model_name="membership", name="role_code"),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.role"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("user", "site", "role"), name="membership_role_once"),
        ),
    ]
