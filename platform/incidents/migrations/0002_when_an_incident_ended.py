"""What an incident holds is kept for a time after its end: note when that was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="ended_at",
            field=models.DateTimeField(null=True),
        ),
    ]
