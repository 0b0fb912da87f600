"""Call the remedy of a rejected message its hint."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_squashed_0_1")]
    operations = [migrations.RenameField("deadletter", "mend", "hint")]
