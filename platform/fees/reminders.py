"""Remind payers of unpaid bills by the site's steps, and never in quiet hours.

A reminder is recorded with one message for each receiver and queued in the outbox; what is sent is
decided when it is sent (`fees.reminder_messages`).
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from billing.contacts import Channel, Receiver, Wanted, receivers_of
from billing.mailing import order_of
from billing.models import Bill
from billing.outstanding import unpaid
from billing.quiet_hours import quiet_until
from billing.settings import settings_of
from core import clock, live, outbox
from core.models import Site
from fees.models import Reminder, ReminderMessage, ReminderPause, ReminderStep
from fees.topics import REMINDERS
from people.accounts.ports import sms
from people.periods import today

REMINDER_MAIL = outbox.declare("reminder.mail")
REMINDER_SMS = outbox.declare("reminder.sms")
CHUNK = 500
# A step that was missed by so many days, in a downtime or a pause, is left out.
LATEST = timedelta(days=7)
_TOPICS = {Channel.MAIL: REMINDER_MAIL, Channel.TEXT: REMINDER_SMS}
_MAIL, _TEXT = {Channel.MAIL}, {Channel.TEXT}
_WANTED: dict[str, Wanted] = {
    ReminderStep.Channels.MAIL: [_MAIL],
    ReminderStep.Channels.TEXT: [_TEXT],
    ReminderStep.Channels.BOTH: [_MAIL | _TEXT],
    ReminderStep.Channels.FIRST: [_MAIL, _TEXT],
}


def send_reminders(site: Site) -> int:
    """Remind of the bills for which a step has come; return how many.

    Each step reminds of a bill once. Nothing is queued in the site's quiet hours: the next call
    after them does.
    """
    if quiet_until(settings_of(site), clock.now(), site.timezone):
        return 0
    sent = 0
    for step in ReminderStep.objects.filter(site=site).order_by("-days"):
        while bills := _next_bills(site, step, today(site)):
            _remind(site, step, bills)
            sent += len(bills)
    return sent


def _next_bills(site: Site, step: ReminderStep, day: date) -> list[Bill]:
    """Return unpaid bills for which the step has come and that it has not reminded of."""
    due_on = day - timedelta(days=step.days)
    reminded = Reminder.objects.filter(bill=OuterRef("pk"), days__gte=step.days)
    paused = ReminderPause.objects.filter(unit=OuterRef("unit"), until__gte=day)
    rows = Bill.objects.filter(
        unpaid(),
        ~Exists(reminded),
        ~Exists(paused),
        site=site,
        due_on__gt=due_on - LATEST,
        due_on__lte=due_on,
    )
    return list(rows.order_by("pk")[:CHUNK])


@transaction.atomic
def _remind(site: Site, step: ReminderStep, bills: Sequence[Bill]) -> None:
    """Record the reminders, and queue the messages to the receivers of each."""
    receivers = receivers_of(site, bills, _wanted(step))
    now = clock.now()
    reminders = Reminder.objects.bulk_create(
        Reminder(bill=bill, days=step.days, created_at=now) for bill in bills
    )
    messages = [
        (_message(reminder, receiver), order_of(reminder.bill, receiver))
        for reminder in reminders
        for receiver in receivers[reminder.bill_id]
    ]
    ReminderMessage.objects.bulk_create(message for message, _order in messages)
    for message, order in messages:
        topic, key = _TOPICS[Channel(message.channel)], f"reminder:{message.pk}"
        outbox.put(topic, key, {"message": message.pk}, receiver=order)
    live.announce(REMINDERS, site.pk)


def _wanted(step: ReminderStep) -> Wanted:
    """Return the step's channels, without text messages where none are sent."""
    wanted = _WANTED[step.channels]
    return wanted if sms() else [channels & _MAIL for channels in map(set, wanted)]


def _message(reminder: Reminder, receiver: Receiver) -> ReminderMessage:
    return ReminderMessage(
        reminder=reminder,
        channel=receiver.channel.value,
        receiver_type=receiver.party[0],
        receiver_id=receiver.party[1],
        address=receiver.address,
        language=receiver.language,
        created_at=reminder.created_at,
    )
