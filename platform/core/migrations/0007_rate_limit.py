"""Count attempts in a table of our own instead of django-axes' tables, which hold plain names."""

from django.db import migrations, models

DROP_AXES = """
DROP TABLE IF EXISTS axes_accessattemptexpiration, axes_accessattempt, axes_accesslog,
    axes_accessfailurelog;
DELETE FROM django_migrations WHERE app = 'axes';
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0006_outbox_leases")]
    operations = [
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField(db_index=True)),
                ("count", models.PositiveIntegerField()),
                ("admits_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(DROP_AXES, migrations.RunSQL.noop),
    ]
