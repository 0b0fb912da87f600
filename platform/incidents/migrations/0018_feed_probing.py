"""Add the state of an endpoint that one message tries after an outage."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration

HELD = """
UPDATE incidents_feedendpoint SET state = 'probing'
WHERE state = 'active' AND first_failure_at IS NOT NULL
"""


class Migration(OneStepMigration):

    dependencies = [('incidents', '0017_evidence_release')]

    operations = [
        migrations.AlterField(
            model_name='feedendpoint',
            name='state',
            field=models.CharField(
                choices=[('active', 'active'), ('paused', 'paused'), ('probing', 'trying again')],
                default='active',
                max_length=8,
            ),
        ),
        migrations.RunSQL(HELD, migrations.RunSQL.noop),
    ]
