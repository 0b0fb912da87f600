"""Store the reworded labels of choices; the database does not change."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('parking', '0005_vehicle_classes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='lotrules',
            name='admits_unknown',
            field=models.BooleanField(default=True, verbose_name='admits unregistered cars'),
        ),
        migrations.AlterField(
            model_name='lotrules',
            name='lost_entry_charge',
            field=models.PositiveIntegerField(default=0, verbose_name='charge for a lost entry'),
        ),
        migrations.AlterField(
            model_name='stay',
            name='cover',
            field=models.CharField(blank=True, choices=[('', 'charged by tariff'), ('allow', 'allow list'), ('resident', "resident's car"), ('visitor', 'visitor pass')], default='', max_length=8, verbose_name='cover'),
        ),
        migrations.AlterField(
            model_name='stay',
            name='status',
            field=models.CharField(choices=[('open', 'inside'), ('closed', 'left'), ('superseded', 'superseded'), ('undone', 'cancelled')], default='open', max_length=10, verbose_name='status'),
        ),
    ]
