"""Reminders of unpaid bills, by mail and by text message, sent from the outbox."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.bill_links import bill_link
from fees.models import ReminderMessage
from fees.reminder_messages import Delivery, delivery_of, end_message
from integrations.notify.bills import bill_mail
from integrations.notify.sending import send
from people.accounts import ports

_SENT = ReminderMessage.State.SENT


def send_reminder_mail(key: str, message: dict[str, int]) -> None:
    """Send a reminder by mail; one that is needless by now is left out.

    Args:
        key: the outbox message's key.
        message: ``{"message": the key of the reminder's message}``.

    Raises:
        NotYet: it is quiet at the site.
        OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
    """
    delivery = delivery_of(message["message"])
    if delivery is None:
        return
    with override(delivery.message.language):
        subject = _subject(delivery)
        occasion = "overdue" if delivery.is_overdue else "due"
        address = delivery.message.address
        send(key, bill_mail(delivery.bill, delivery.due, subject, occasion, address))
    end_message(delivery.message, _SENT)


def send_reminder_sms(key: str, message: dict[str, int]) -> None:
    """Send a reminder by text message; one that is needless by now is left out.

    Args:
        key: the outbox message's key.
        message: ``{"message": the key of the reminder's message}``.

    Raises:
        NotYet: it is quiet at the site.
        OSError: no text messages are sent here, or this one was not accepted.
    """
    delivery = delivery_of(message["message"])
    if delivery is None:
        return
    sender = ports.sms()
    if sender is None:
        raise OSError("GATEHOUSE_SMS names no adapter")
    with override(delivery.message.language):
        sender.send(key, delivery.message.address, _text(delivery))
    end_message(delivery.message, _SENT)


def _subject(delivery: Delivery) -> str:
    if delivery.is_overdue:
        text = _("Overdue: %(amount)s to %(site)s")
    else:
        text = _("Reminder: %(amount)s to %(site)s is due on %(day)s")
    return text % _values(delivery)


def _text(delivery: Delivery) -> str:
    """Return the text message: short, with the date, since it may be read on a later day."""
    if delivery.is_overdue:
        text = _("%(site)s: %(amount)s was due on %(day)s. Show and pay: %(link)s")
    else:
        text = _("%(site)s: %(amount)s is due on %(day)s. Show and pay: %(link)s")
    return text % {**_values(delivery), "link": bill_link(delivery.bill)}


def _values(delivery: Delivery) -> dict[str, str]:
    return {
        "amount": delivery.due.written(),
        "site": delivery.bill.site.name,
        "day": date_format(delivery.bill.due_on, "Y-m-d"),
    }
