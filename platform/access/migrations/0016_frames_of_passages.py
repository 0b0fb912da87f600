"""Further frames of passages, and the id that a device gives a car's visit."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0015_read_attempts'),
    ]

    operations = [
        migrations.AddField(
            model_name='passage',
            name='visit',
            field=models.CharField(blank=True, default='', max_length=100),
        ),
        migrations.AddIndex(
            model_name='passage',
            index=models.Index(condition=models.Q(('visit', ''), _negated=True), fields=['device', 'visit'], name='passage_of_visit'),
        ),
        migrations.CreateModel(
            name='PassageFrame',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('image', models.CharField(max_length=200)),
                ('passage', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='frames', to='access.passage')),
            ],
            options={'ordering': ['pk']},
        ),
    ]
