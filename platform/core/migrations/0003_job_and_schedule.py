"""Move background jobs from django-q2's tables to our own.

Jobs that wait at the time of the upgrade are not carried over: each of them is queued again by a
schedule within five minutes (outbox, broker accounts) or is resumed by its run.
"""

import django.db.models.deletion
from django.db import migrations, models

DROP_DJANGO_Q = """
DROP TABLE IF EXISTS django_q_ormq, django_q_schedule, django_q_task;
DELETE FROM django_migrations WHERE app = 'django_q';
"""


class Migration(migrations.Migration):

    dependencies = [("core", "0002_membership_moves_to_people")]

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("queue", models.CharField(max_length=10)),
                ("path", models.CharField(max_length=200)),
                ("args", models.JSONField()),
                ("signature", models.CharField(max_length=64)),
                ("key", models.CharField(blank=True, default="", max_length=200)),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("claimed_until", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("succeeded", models.BooleanField(default=False)),
                ("error", models.TextField(blank=True, default="")),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("finished_at", None)), fields=["queue", "due_at", "id"], name="job_waiting"),
                    models.Index(condition=models.Q(("finished_at", None), models.Q(("key", ""), _negated=True)), fields=["key"], name="job_waiting_key"),
                    models.Index(condition=models.Q(("finished_at__isnull", False)), fields=["finished_at"], name="job_finished"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=200)),
                ("site", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="core.site")),
                ("next_at", models.DateTimeField(db_index=True)),
                ("timezone", models.CharField(blank=True, default="", max_length=64)),
                ("last_day", models.DateField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("path", "site"), name="schedule_once", nulls_distinct=False)],
            },
        ),
        migrations.DeleteModel(name="QueuedKey"),
        migrations.RunSQL(DROP_DJANGO_Q, migrations.RunSQL.noop),
    ]
