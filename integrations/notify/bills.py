"""Mails about bills, with a signed link, sent from the outbox."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.bill_details import billed_items
from billing.bill_links import bill_link
from billing.documents.bills import spaced
from billing.models import Bill, BillQuestion
from billing.outstanding import with_state
from core.money import Money
from integrations.notify.sending import send


def send_bill_mail(key: str, message: dict[str, Any]) -> None:
    """Send a mail with an issued bill; one that was credited meanwhile is left out.

    Args:
        key: the outbox message's key.
        message: see `billing.mailing.queue_bill_mails`.

    Raises:
        OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
    """
    rows: Any = with_state(Bill.objects.select_related("site__organisation", "unit"))
    bill = rows.get(public_id=message["bill"])
    if bill.state == Bill.State.CREDITED or not message["email"]:
        return
    due = Money(max(0, bill.owed), bill.currency)
    with override(message["language"]):
        amount, site = due.written(), bill.site.name
        subject = _("Your bill from %(site)s: %(amount)s") % {"amount": amount, "site": site}
        send(key, bill_mail(bill, due, subject, "issued", message["email"]))


def send_answer(key: str, message: dict[str, Any]) -> None:
    """Send the answer to a question about a bill.

    Args:
        key: the outbox message's key.
        message: ``{"question": its key}``.

    Raises:
        OSError, UnicodeError: see `send_bill_mail`.
    """
    rows = BillQuestion.objects.select_related("bill__site")
    question = rows.get(pk=message["question"])
    if not question.email:
        return
    with override(question.language or settings.LANGUAGE_CODE):
        context = {"question": question, "link": bill_link(question.bill)}
        subject = _("Answer to your question about bill %(number)s")
        mail = EmailMessage(
            subject=subject % {"number": question.bill.number},
            body=render_to_string("notify/bill_answer.txt", context),
            to=[question.email],
        )
        send(key, mail)


def bill_mail(bill: Bill, due: Money, subject: str, occasion: str, address: str) -> EmailMessage:
    """Return a mail about a bill, in the active language.

    Args:
        due: what is to be paid of it.
        occasion: ``issued``, ``due`` or ``overdue``.
    """
    context = {
        "bill": bill,
        "site": bill.site,
        "issuer": bill.snapshot.get("issuer", {}),
        "items": billed_items(bill),
        "due": due,
        "total": Money(bill.total, bill.currency),
        "occasion": occasion,
        "link": bill_link(bill),
        "reference": spaced(bill.payment_reference),
    }
    body = render_to_string("notify/bill.txt", context)
    return EmailMessage(subject=subject, body=body, to=[address])
