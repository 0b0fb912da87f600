"""Turn replays into runs of core; one that was not finished is resumed by core.runs.recover."""

import django.db.models.deletion
from django.db import migrations, models


def copy_replays(apps, schema_editor):
    Replay = apps.get_model("devices", "Replay")
    Run = apps.get_model("core", "Run")
    DeadLetter = apps.get_model("devices", "DeadLetter")
    for replay in Replay.objects.order_by("pk").iterator():
        run = Run.objects.create(
            kind="devices.replay",
            site_id=replay.site_id,
            actor=replay.actor,
            state="done" if replay.ended_at else "running",
            total=replay.total,
            done=replay.done,
            failed=replay.failed,
            cursor=replay.last_letter or None,
            created_at=replay.begun_at,
            started_at=replay.begun_at,
            heartbeat_at=replay.ended_at or replay.begun_at,
            ended_at=replay.ended_at,
        )
        DeadLetter.objects.filter(replay=replay).update(run=run)


class Migration(migrations.Migration):

    dependencies = [("core", "0005_run"), ("devices", "0002_dead_letter_hint")]

    operations = [
        migrations.AddField(
            model_name="deadletter",
            name="run",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="core.run"),
        ),
        migrations.RunPython(copy_replays, migrations.RunPython.noop),
        # The foreign keys' deferred checks have to be done before the table is altered again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="deadletter", name="dead_letter_replay"),
        migrations.RemoveField(model_name="deadletter", name="replay"),
        migrations.RenameField(model_name="deadletter", old_name="run", new_name="replay"),
        migrations.AlterField(
            model_name="deadletter",
            name="replay",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="replayed_letters", to="core.run"),
        ),
        migrations.AddIndex(
            model_name="deadletter",
            index=models.Index(condition=models.Q(("replay__isnull", False)), fields=["replay", "id"], name="dead_letter_replay"),
        ),
        migrations.DeleteModel(name="Replay"),
    ]
