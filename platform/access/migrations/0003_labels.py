"""Store the reworded labels of choices; the database does not change."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('access', '0002_passage_redacted'),
    ]

    operations = [
        migrations.AlterField(
            model_name='passage',
            name='state',
            field=models.CharField(choices=[('reading', 'reading plate'), ('held', 'waiting for guard'), ('unpaid', 'waiting for payment'), ('refused', 'refused'), ('opening', 'opening'), ('open', 'barrier open'), ('unanswered', 'no answer from barrier'), ('passed', 'passed'), ('turned_back', 'turned back'), ('reread', 'read again')], max_length=12),
        ),
        migrations.AlterField(
            model_name='plateread',
            name='source',
            field=models.CharField(choices=[('camera', 'camera'), ('reader', 'Gatehouse reader'), ('match', 'matched to a plate on file'), ('guard', 'corrected by staff')], max_length=6),
        ),
    ]
