"""Slots on the shared stream; the one client id that was before them may have left messages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Slot",
            fields=[
                (
                    "client_id",
                    models.CharField(max_length=60, primary_key=True, serialize=False),
                ),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO telemetry_slot (client_id) VALUES ('gatehouse-telemetry')",
            migrations.RunSQL.noop,
        ),
    ]
