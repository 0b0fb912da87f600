"""Call a passage past its retention period redacted.

The partial index follows the renamed column by itself, so it is not built again.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("access", "0001_squashed_0_1")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveIndex("passage", "passage_kept")]
        ),
        migrations.RenameField("passage", "forgotten", "redacted"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    "passage",
                    models.Index(
                        fields=["received_at"], condition=Q(redacted=False), name="passage_kept"
                    ),
                )
            ]
        ),
    ]
