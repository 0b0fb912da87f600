"""Passwords at the broker come from the master key; those given before are the broker's to keep."""

from django.db import migrations, models


def keep_those_given_before(apps, schema_editor):
    """Mark the devices whose password only the broker knows."""
    apps.get_model("devices", "Device").objects.exclude(broker_hash="").update(password_version=0)


class Migration(migrations.Migration):

    dependencies = [
        ("devices", "0003_fleet"),
    ]

    operations = [
        migrations.AddField(
            model_name="device",
            name="password_version",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.RunPython(keep_those_given_before, migrations.RunPython.noop),
        migrations.RemoveField(model_name="device", name="broker_hash"),
    ]
