from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):
    """Devices are disabled for floods; equal dead letters are counted and limited by sender."""

    dependencies = [
        ('core', '0006_outbox_leases'),
        ('devices', '0005_labels'),
    ]

    operations = [
        migrations.AddField(
            model_name='deadletter',
            name='occurrences',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='deadletter',
            name='sender',
            field=models.CharField(blank=True, default='', max_length=200),
        ),
        migrations.AddField(
            model_name='device',
            name='flooded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='deadletter',
            index=models.Index(condition=models.Q(('discarded_at', None), ('replayed_at', None)), fields=['sender', '-id'], name='dead_letter_sender'),
        ),
    ]
