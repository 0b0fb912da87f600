import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [
        ("core", "0024_audit_checkpoints"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notificationdelivery",
            name="occasion",
            field=models.CharField(
                choices=[
                    ("first", "First"),
                    ("severity_rose", "Severity Rose"),
                    ("summary", "Summary"),
                    ("again", "Again"),
                ],
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="NotificationSubject",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=160)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "notification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subjects",
                        to="core.notification",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["key"], name="notification_subject_key")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("notification", "key"), name="notification_subject_once"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="notification",
            name="announced_at",
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
    ]
