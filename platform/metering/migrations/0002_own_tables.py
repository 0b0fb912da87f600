"""Name the tables after the room: metering left billing."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("metering", "0001_squashed_0_1")]
    operations = [
        migrations.AlterModelTable("meterpoint", None),
        migrations.AlterModelTable("meter", None),
        migrations.AlterModelTable("meterreading", None),
        migrations.RenameField("meterreading", "photograph", "photo"),
    ]
