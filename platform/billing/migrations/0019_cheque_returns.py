"""Cheques that the bank returned."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ("billing", "0018_vat_rates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ChequeReturn",
            fields=[
                ("payment", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="cheque_return", serialize=False, to="billing.payment")),
                ("reason", models.CharField(max_length=200)),
                ("returned_on", models.DateField()),
                ("fee", models.PositiveBigIntegerField(default=0)),
                ("recorded_at", models.DateTimeField()),
                ("recorded_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
    ]
