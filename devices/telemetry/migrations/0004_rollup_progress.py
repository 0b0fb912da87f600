"""Call the roll-ups' progress by what it is; keep its row."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0003_rollups")]

    operations = [
        migrations.RenameModel("Mark", "RollUpProgress"),
        migrations.RenameField("RollUpProgress", "claimed", "claimed_until"),
        migrations.RenameField("RollUpProgress", "done", "completed_until"),
    ]
