"""Who was reminded of a bill, when, and by which channel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from billing.ledger import Party
from billing.models import Bill, BillLine, Charge
from billing.payers import called, names_of
from core.models import Site
from fees.models import Reminder, ReminderMessage

# What the account of a payer shows; the list of the site has them all.
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A reminder with its messages, each with the name of its receiver.

    Attributes:
        messages: none where the payer has no address.
        is_owed: whether something is still to be paid of the bill.
    """

    reminder: Reminder
    messages: Sequence[tuple[ReminderMessage, str]]
    is_owed: bool


def reminders_sent(site: Site) -> QuerySet[Any]:
    """Return the reminders of a site, the latest first, for `entries_of`."""
    unpaid = BillLine.objects.filter(bill=OuterRef("bill"), charge__state=Charge.State.OPEN)
    rows = Reminder.objects.filter(bill__site=site).annotate(owed=Exists(unpaid))
    messages = Prefetch("messages", ReminderMessage.objects.order_by("pk"))
    rows = rows.select_related("bill__unit__building").prefetch_related(messages)
    return rows.order_by("-created_at", "-pk")


def entries_of(site: Site, reminders: Iterable[Any]) -> list[Entry]:
    """Return reminders of `reminders_sent` with the names of who received them."""
    rows = list(reminders)
    names = names_of(site, {each.receiver for row in rows for each in row.messages.all()})
    return [
        Entry(
            row,
            [(each, names.get(each.receiver, called(""))) for each in row.messages.all()],
            row.owed,
        )
        for row in rows
    ]


def entries_of_bill(bill: Bill) -> list[Entry]:
    """Return the reminders of a bill, the latest first."""
    return entries_of(bill.site, reminders_sent(bill.site).filter(bill=bill.pk))


def entries_of_payer(site: Site, payer: Party) -> list[Entry]:
    """Return the latest reminders of a payer's bills."""
    rows = reminders_sent(site).filter(bill__payer_type=payer[0], bill__payer_id=payer[1])
    return entries_of(site, rows[:_SHOWN])
