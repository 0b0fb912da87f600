"""Store the reworded labels of choices; the database does not change."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('incidents', '0001_squashed_0_1'),
    ]

    operations = [
        migrations.AlterField(
            model_name='incident',
            name='state',
            field=models.CharField(choices=[('detected', 'detected'), ('triage', 'under review'), ('confirmed', 'confirmed'), ('closed', 'closed'), ('false_alarm', 'false alarm')], default='detected', max_length=12, verbose_name='state'),
        ),
    ]
