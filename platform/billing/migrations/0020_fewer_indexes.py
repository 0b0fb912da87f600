"""Drop the indexes of bills, credit notes and entries that another index of theirs contains.

A unique text field has two indexes, one of them for the beginning of the text.
"""

import core.ids
import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    dependencies = [
        ("billing", "0019_cheque_returns"),
        ("core", "0020_site_contact"),
        ("estate", "0001_squashed_0005_units_with_areas_and_states"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bill",
            name="payment_reference",
            field=models.CharField(max_length=25),
        ),
        migrations.AlterField(
            model_name="bill",
            name="public_id",
            field=models.CharField(default=core.ids.public_id, max_length=20),
        ),
        migrations.AlterField(
            model_name="bill",
            name="site",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bills",
                to="core.site",
            ),
        ),
        migrations.AlterField(
            model_name="billline",
            name="bill",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="billing.bill",
            ),
        ),
        migrations.AlterField(
            model_name="creditnote",
            name="public_id",
            field=models.CharField(default=core.ids.public_id, max_length=20),
        ),
        migrations.AlterField(
            model_name="creditnote",
            name="site",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_notes",
                to="core.site",
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="reference",
            field=models.CharField(max_length=80),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(fields=("public_id",), name="bill_public_id_once"),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                fields=("payment_reference",), name="bill_reference_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.UniqueConstraint(
                fields=("public_id",), name="credit_note_public_id_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                fields=("reference",),
                name="ledger_entry_reference_once",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
