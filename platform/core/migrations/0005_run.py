"""Add the row of a background run."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [("core", "0004_audit_entries_and_seals")]

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("actor", models.CharField(max_length=160)),
                ("state", models.CharField(choices=[("queued", "Queued"), ("running", "Running"), ("done", "Done"), ("failed", "Failed"), ("cancelled", "Cancelled")], default="queued", max_length=10)),
                ("total", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("parameters", models.JSONField(default=dict)),
                ("cursor", models.JSONField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("site", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="core.site")),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["site", "kind", "-id"], name="run_of_site")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ended_at", None), ("state__in", ["queued", "running"]))
                        | models.Q(("ended_at__isnull", False), ("state__in", ["done", "failed", "cancelled"])),
                        name="run_ended_in_a_final_state",
                    )
                ],
            },
        ),
    ]
