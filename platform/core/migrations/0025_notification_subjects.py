import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def fill(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take over of each notification what it is about, and when it was announced."""
    apps.get_model("core", "Notification").objects.update(announced_at=F("latest_at"))
    subject = apps.get_model("core", "NotificationSubject")
    rows = apps.get_model("core", "Notification").objects.exclude(group_key="")
    subject.objects.bulk_create(
        (
            subject(
                notification_id=row.pk,
                key=row.group_key,
                ended_at=row.created_at if row.is_resolution else row.resolved_at,
            )
            for row in rows.iterator()
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
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
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        # PostgreSQL refuses to alter a table with pending foreign key checks.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="notification",
            name="announced_at",
            field=models.DateTimeField(),
        ),
    ]
