"""Visitors of a home, expected by plate or by name."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0001_squashed_0009_filters_of_lists'),
        ('estate', '0001_squashed_0005_units_with_areas_and_states'),
    ]

    operations = [
        migrations.AddField(
            model_name='visitorpass',
            name='unit',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='visitor_passes', to='estate.unit'),
        ),
        migrations.AlterField(
            model_name='visitorpass',
            name='folded',
            field=models.CharField(blank=True, default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='visitorpass',
            name='plate',
            field=models.CharField(blank=True, default='', max_length=16, verbose_name='plate'),
        ),
    ]
