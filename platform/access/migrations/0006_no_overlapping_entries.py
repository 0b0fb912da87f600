"""Refuse one plate twice on a list at a time; the entries that exist are kept and marked."""

import core.constraints
import django.contrib.postgres.constraints
from django.conf import settings
from django.db import migrations, models

_MARK = """
UPDATE access_accesslistentry AS one SET overlap_tolerated = TRUE
FROM access_accesslistentry AS other
WHERE other.id <> one.id AND other.site_id = one.site_id AND other.kind = one.kind
  AND other.plate = one.plate
  AND tstzrange(other.begins_at, other.ends_at) && tstzrange(one.begins_at, one.ends_at)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0005_seen_at_of_look_alikes'),
        ('core', '0008_textrange'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='accesslistentry',
            name='overlap_tolerated',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.RunSQL(_MARK, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='accesslistentry',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('overlap_tolerated', False)), expressions=[(core.constraints.OnlyValue(models.F('site')), '&&'), (core.constraints.OnlyValue(models.F('kind')), '&&'), (core.constraints.OnlyValue(models.F('plate')), '&&'), (core.constraints.Period(models.F('begins_at'), models.F('ends_at')), '&&')], name='access_list_entry_once_at_a_time'),
        ),
    ]
