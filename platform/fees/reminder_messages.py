"""What a reminder is when it is sent: it waits for the end of quiet hours, or is left out."""

from dataclasses import dataclass
from typing import Any

from billing.models import Bill
from billing.outstanding import with_state
from billing.quiet_hours import quiet_until
from billing.settings import settings_of
from core import clock, live
from core.money import Money
from core.outbox import NotYet
from fees.models import Reminder, ReminderMessage, ReminderPause
from fees.reminders import LATEST
from fees.topics import REMINDERS
from people.periods import today

State = ReminderMessage.State


@dataclass(frozen=True, slots=True)
class Delivery:
    """A reminder that is sent now.

    Attributes:
        due: what is still to be paid of the bill.
        is_overdue: whether the bill was due before the site's day.
    """

    message: ReminderMessage
    bill: Bill
    due: Money
    is_overdue: bool


def delivery_of(pk: int) -> Delivery | None:
    """Return a reminder's message to be sent now; None if it is left out, which is recorded.

    Args:
        pk: the key of the message.

    Raises:
        NotYet: it is quiet at the site.
    """
    message = ReminderMessage.objects.select_related("reminder").filter(pk=pk).first()
    if message is None or message.state != State.WAITING:
        return None
    rows: Any = with_state(Bill.objects.select_related("site__organisation", "unit"))
    bill = rows.get(pk=message.reminder.bill_id)
    left_out = _left_out(message, bill)
    if left_out:
        end_message(message, left_out)
        return None
    until = quiet_until(settings_of(bill.site), clock.now(), bill.site.timezone)
    if until is not None:
        raise NotYet(until)
    due = Money(bill.owed, bill.currency)
    return Delivery(message, bill, due, is_overdue=today(bill.site) > bill.due_on)


def end_message(message: ReminderMessage, state: State) -> None:
    """Record that a message was sent, or why it was not."""
    rows = ReminderMessage.objects.filter(pk=message.pk, state=State.WAITING)
    rows.update(state=state, ended_at=clock.now())
    live.announce(REMINDERS, message.reminder.bill.site_id)


def _left_out(message: ReminderMessage, bill: Any) -> State | None:
    """Return why a message is not sent any more."""
    if not message.address:
        return State.ERASED
    if bill.owed <= 0:
        return State.PAID
    if _is_late(message.reminder, bill):
        return State.LATE
    day = today(bill.site)
    is_paused = ReminderPause.objects.filter(unit=bill.unit_id, until__gte=day).exists()
    return State.PAUSED if is_paused else None


def _is_late(reminder: Reminder, bill: Bill) -> bool:
    """Return whether a later step has come meanwhile, or the step's own day is long past."""
    later = Reminder.objects.filter(bill=bill.pk, days__gt=reminder.days)
    days = (today(bill.site) - bill.due_on).days - reminder.days
    return days >= LATEST.days or later.exists()
