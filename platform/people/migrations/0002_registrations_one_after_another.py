"""A car that is registered anew keeps what it was registered before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="vehicle", name="vehicle_plate_once"),
        migrations.AddConstraint(
            model_name="vehicle",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ends_at", None)),
                fields=("site", "plate"),
                name="vehicle_plate_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="vehicle",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_at", None), ("ends_at__gt", models.F("begins_at")), _connector="OR"
                ),
                name="vehicle_ends_after_it_begins",
            ),
        ),
    ]
