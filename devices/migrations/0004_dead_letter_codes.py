from django.db import migrations, models


class Migration(migrations.Migration):
    """Dead letters get a code and parameters; those of version 0.1 keep their texts."""

    dependencies = [("devices", "0003_replays_are_runs")]

    operations = [
        migrations.RenameField("deadletter", "problem", "message"),
        migrations.AddField(
            "deadletter",
            "code",
            models.CharField(default="legacy", max_length=60),
            preserve_default=False,
        ),
        migrations.AddField("deadletter", "params", models.JSONField(default=dict)),
    ]
