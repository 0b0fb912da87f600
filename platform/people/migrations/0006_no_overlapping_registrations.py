"""Refuse two registrations of one plate at a time; those that exist are kept and marked."""

import core.constraints
import django.contrib.postgres.constraints
from django.db import migrations, models

_MARK = """
UPDATE people_vehicle AS one SET overlap_tolerated = TRUE FROM people_vehicle AS other
WHERE other.id <> one.id AND other.site_id = one.site_id AND other.plate = one.plate
  AND tstzrange(other.begins_at, other.ends_at) && tstzrange(one.begins_at, one.ends_at)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0008_textrange'),
        ('people', '0005_labels'),
    ]

    operations = [
        migrations.AddField(
            model_name='vehicle',
            name='overlap_tolerated',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunSQL(_MARK, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='vehicle',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('overlap_tolerated', False)), expressions=[(core.constraints.OnlyValue(models.F('site')), '&&'), (core.constraints.OnlyValue(models.F('plate')), '&&'), (core.constraints.Period(models.F('begins_at'), models.F('ends_at')), '&&')], name='vehicle_registered_once_at_a_time'),
        ),
    ]
