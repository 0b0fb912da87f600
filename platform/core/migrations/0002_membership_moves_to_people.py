"""Hand the table of memberships to people, which owns roles."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0001_squashed_0_1")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("Membership")],
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE core_membership RENAME TO people_membership",
                    "ALTER TABLE people_membership RENAME TO core_membership",
                )
            ],
        )
    ]
