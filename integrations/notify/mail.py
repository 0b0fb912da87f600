"""Receipts by e-mail, sent from the outbox through the configured mail server."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Payment
from billing.selectors import Receipt, receipt
from integrations.notify.sending import send


def send_receipt(key: str, message: dict[str, str]) -> None:
    """Send the receipt of a payment to the payer's e-mail address.

    Args:
        key: the outbox message's key.
        message: ``{"payment": public id}``.

    Raises:
        OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
    """
    payment = Payment.objects.select_related("site").get(public_id=message["payment"])
    with override(payment.language or settings.LANGUAGE_CODE):
        shown = receipt(payment)
        if shown is not None and payment.email:
            send(key, _mail(payment.email, shown))


def _mail(address: str, shown: Receipt) -> EmailMessage:
    return EmailMessage(
        subject=_("Receipt %(number)s from %(site)s")
        % {"number": shown.name, "site": shown.site.name},
        body=render_to_string("notify/receipt.txt", {"receipt": shown}),
        to=[address],
    )
