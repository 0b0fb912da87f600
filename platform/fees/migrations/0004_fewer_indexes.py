"""Drop the indexes of a run's lines and bills by run alone: others begin with the run."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [
        ("fees", "0003_vat_rate_of_organisation"),
    ]

    operations = [
        migrations.AlterField(
            model_name="runbill",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="issued",
                to="fees.billrun",
            ),
        ),
        migrations.AlterField(
            model_name="runline",
            name="run",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="fees.billrun",
            ),
        ),
    ]
