"""Give the account that was entered for the whole installation its row.

Payments from before have no account: they resolve to this row, or to the environment's account.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone


def add_entered(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Add the row of the entered account."""
    stored = apps.get_model("core", "InstallationSetting").objects.filter(name="stripe")
    for setting in stored.exclude(sealed=""):
        apps.get_model("billing", "ProviderAccount").objects.create(
            provider="stripe",
            reference=setting.values.get("account", ""),
            settings_name="stripe",
            created_at=setting.changed_at or timezone.now(),
        )


class Migration(migrations.Migration):
    dependencies = [('billing', '0014_ledger_dates')]
    operations = [migrations.RunPython(add_entered, migrations.RunPython.noop)]
