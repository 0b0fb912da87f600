"""Letters that staff print: each counts as the reminder of the step that has come."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from billing.models import Bill
from core import audit, clock, live
from core.models import Site, User
from fees.models import Reminder, ReminderMessage, ReminderStep
from fees.topics import REMINDERS
from people.periods import today


@transaction.atomic
def record_letters(site: Site, actor: User, bills: Iterable[Bill]) -> list[Reminder]:
    """Record a letter to the payer of each bill, once for each step.

    It counts as the latest step that has come for the bill, which then reminds of it no more;
    where none has come, as a reminder of its own on this day.
    """
    steps = list(ReminderStep.objects.filter(site=site).values_list("days", flat=True))
    found = [_reminder_of(bill, steps) for bill in bills]
    for reminder in found:
        _record_letter(reminder)
        subject = ("bill", reminder.bill.public_id)
        audit.record(site, actor, "print reminder letter", subject, days=reminder.days)
    live.announce(REMINDERS, site.pk)
    return found


def _reminder_of(bill: Bill, steps: Sequence[int]) -> Reminder:
    past = (today(bill.site) - bill.due_on).days
    days = max((step for step in steps if step <= past), default=past)
    values = {"created_at": clock.now()}
    reminder, _is_new = Reminder.objects.get_or_create(bill=bill, days=days, defaults=values)
    return reminder


def _record_letter(reminder: Reminder) -> None:
    kind, key = reminder.bill.payer
    now = clock.now()
    ReminderMessage.objects.get_or_create(
        reminder=reminder,
        channel=ReminderMessage.Channel.LETTER,
        receiver_type=kind,
        receiver_id=key,
        defaults={"state": ReminderMessage.State.SENT, "created_at": now, "ended_at": now},
    )
