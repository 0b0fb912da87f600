"""Name a device's raw value and a reading's problem by the words that the interface uses."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("metering", "0002_own_tables")]
    operations = [
        migrations.RenameField("meterreading", "told", "reported"),
        migrations.RenameField("meterreading", "doubt", "problem"),
    ]
