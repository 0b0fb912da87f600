"""Store the reworded labels of choices; the database does not change."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('metering', '0003_reported_value_and_problem'),
    ]

    operations = [
        migrations.AlterField(
            model_name='meterpoint',
            name='most_per_day',
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, verbose_name='daily maximum'),
        ),
        migrations.AlterField(
            model_name='meterreading',
            name='problem',
            field=models.CharField(blank=True, choices=[('', ''), ('lower', 'lower than before'), ('between', 'not between its neighbours'), ('high', 'implausibly high'), ('outside', "beyond the register's digits")], default='', max_length=7),
        ),
        migrations.AlterField(
            model_name='meterreading',
            name='source',
            field=models.CharField(choices=[('device', 'device'), ('hand', 'manual'), ('estimate', 'estimate')], max_length=8),
        ),
        migrations.AlterField(
            model_name='meterreading',
            name='state',
            field=models.CharField(choices=[('in_force', 'valid'), ('review', 'to review'), ('rejected', 'rejected'), ('corrected', 'corrected'), ('withdrawn', 'withdrawn')], default='in_force', max_length=9),
        ),
    ]
