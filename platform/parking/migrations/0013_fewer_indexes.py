"""Drop the indexes of stays that another one of their indexes contains."""

import core.ids
import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [
        ("access", "0010_visitors_of_homes"),
        ("core", "0020_site_contact"),
        ("estate", "0001_squashed_0005_units_with_areas_and_states"),
        ("parking", "0001_squashed_0012_no_index_of_seen_plates"),
    ]

    operations = [
        migrations.AlterField(
            model_name="stay",
            name="lot",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stays",
                to="estate.lot",
            ),
        ),
        migrations.AlterField(
            model_name="stay",
            name="public_id",
            field=models.CharField(default=core.ids.public_id, max_length=20),
        ),
        migrations.AlterField(
            model_name="stay",
            name="site",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stays",
                to="core.site",
            ),
        ),
        migrations.AddConstraint(
            model_name="stay",
            constraint=models.UniqueConstraint(fields=("public_id",), name="stay_public_id_once"),
        ),
    ]
