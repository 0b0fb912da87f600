"""Find at once whether a plate has just left a lot, and the stays that a person should look at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parking", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(fields=["lot", "plate", "-left_at"], name="stay_of_plate"),
        ),
        migrations.AddIndex(
            model_name="stay",
            index=models.Index(
                condition=models.Q(("review", []), _negated=True),
                fields=["site", "-entered_at"],
                name="stay_to_review",
            ),
        ),
    ]
