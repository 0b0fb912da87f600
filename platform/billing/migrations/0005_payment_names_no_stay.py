"""A payment is for charges: its references to a stay and to parking's quote go."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_charges_of_stays")]
    operations = [
        migrations.RemoveField("payment", "stay"),
        migrations.RemoveField("payment", "quote"),
    ]
