"""A person's unit is an occupancy."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0011_units_become_occupancies")]

    operations = [migrations.RemoveField(model_name="person", name="unit")]
