"""Reminders are recorded by receiver, each with its channel and state."""

import django.db.models.deletion
from django.db import migrations, models

from core.one_step_migration import OneStepMigration


# What was mailed so far: to whom exactly was not recorded.
MAILED = """
INSERT INTO fees_remindermessage
    (reminder_id, channel, receiver_type, receiver_id, address, language, state,
     created_at, ended_at)
SELECT reminder.id, 'mail', bill.payer_type, bill.payer_id, '', '', 'sent',
    reminder.created_at, reminder.created_at
FROM fees_reminder reminder JOIN billing_bill bill ON bill.id = reminder.bill_id
WHERE reminder.channel = 'mail'
"""


class Migration(OneStepMigration):

    dependencies = [
        ('fees', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='reminderstep',
            name='channels',
            field=models.CharField(choices=[('mail', 'by mail'), ('text', 'by text message'), ('both', 'by mail and text message'), ('first', 'by mail, else by text message')], default='mail', max_length=5, verbose_name='channels'),
        ),
        migrations.CreateModel(
            name='ReminderMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('mail', 'mail'), ('text', 'text message'), ('letter', 'letter')], max_length=6)),
                ('receiver_type', models.CharField(max_length=20)),
                ('receiver_id', models.CharField(max_length=40)),
                ('address', models.CharField(blank=True, default='', max_length=254)),
                ('language', models.CharField(blank=True, default='', max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sent', 'sent'), ('paid', 'not sent: paid before'), ('paused', 'not sent: paused'), ('late', 'not sent: too late'), ('erased', 'not sent: address erased')], default='waiting', max_length=7)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('reminder', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='fees.reminder')),
            ],
            options={
                'indexes': [models.Index(fields=['receiver_type', 'receiver_id'], name='reminder_of_receiver')],
                'constraints': [models.UniqueConstraint(fields=('reminder', 'channel', 'receiver_type', 'receiver_id'), name='reminder_once_a_receiver'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='reminder_message_ended_in_its_state')],
            },
        ),
        migrations.RunSQL(MAILED, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name='reminder',
            name='channel',
        ),
    ]
