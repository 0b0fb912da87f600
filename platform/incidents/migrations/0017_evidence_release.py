"""Tell passages of other cars apart from an incident's own, and record who released them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration

# The passage that an occurrence names, and others of its plate, are the incident's own.
OTHER_CARS = """
UPDATE incidents_evidence AS piece SET is_own = false
WHERE kind = 'passage' AND NOT EXISTS (
    SELECT FROM incidents_occurrence AS occurrence
    WHERE occurrence.incident_id = piece.incident_id AND (
        occurrence.detail ->> 'passage' = piece.key
        OR occurrence.detail ->> 'plate' = piece.values ->> 'plate'
    )
)
"""


class Migration(OneStepMigration):

    dependencies = [
        ('incidents', '0016_feed_registration'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='evidence',
            name='is_own',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='evidence',
            name='released_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='evidence',
            name='released_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('released_at', None), ('released_by', None)), models.Q(('is_own', False), ('released_at__isnull', False), ('released_by__isnull', False)), _connector='OR'), name='evidence_is_released_by_a_person'),
        ),
        migrations.RunSQL(OTHER_CARS, migrations.RunSQL.noop),
    ]
