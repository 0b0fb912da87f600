"""Store the reworded labels of choices; the database does not change."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('devices', '0004_dead_letter_codes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='command',
            name='state',
            field=models.CharField(choices=[('queued', 'queued'), ('sent', 'sent'), ('done', 'done'), ('refused', 'rejected by the device'), ('unknown', 'no answer'), ('expired', 'never sent')], default='queued', max_length=10),
        ),
    ]
