"""Store the reworded labels of choices; the database does not change."""

from django.db import migrations, models

from core.one_step_migration import OneStepMigration


class Migration(OneStepMigration):

    dependencies = [
        ('billing', '0007_refunds_and_disputes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='payment',
            name='state',
            field=models.CharField(choices=[('created', 'started'), ('pending', 'waiting for payer'), ('processing', 'waiting for bank'), ('paid', 'paid'), ('expired', 'expired'), ('failed', 'failed')], default='created', max_length=10),
        ),
        migrations.AlterField(
            model_name='refund',
            name='state',
            field=models.CharField(choices=[('requested', 'requested'), ('approved', 'approved'), ('created', 'sent'), ('pending', 'waiting for bank'), ('succeeded', 'refunded'), ('failed', 'failed'), ('cancelled', 'cancelled'), ('external', 'refunded at the provider')], default='requested', max_length=10),
        ),
    ]
