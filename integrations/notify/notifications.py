"""Notifications by mail and by text message."""

import smtplib

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from core.models import User
from core.notifications.channels import Outgoing, Undeliverable
from core.notifications.slots import Slots
from integrations.notify.sending import send
from people.accounts import ports
from people.notification_settings import phone_of

# One mail server and one provider of text messages, which may be slow.
_slots = Slots()
_PERMANENT = 500  # replies of a mail server from here on are final (RFC 5321, 4.2.1)


class MailChannel:
    """Sends notifications to the persons' e-mail addresses."""

    def reaches(self, user: User) -> bool:
        """Return whether the person has an address."""
        return bool(user.email)

    def send(self, message: Outgoing) -> None:
        """Send a notification.

        Raises:
            Undeliverable: there is no address, or the server refused it for good.
            OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
        """
        if not message.recipient.email:
            raise Undeliverable("no_address")
        context = {"message": message, "site": message.notification.site}
        mail = EmailMessage(
            subject=" ".join(message.title.split()),
            body=render_to_string("notify/notification.txt", context),
            to=[message.recipient.email],
        )
        try:
            with _slots.taken("mail"):
                send(message.key, mail)
        except smtplib.SMTPRecipientsRefused as error:
            if all(code >= _PERMANENT for code, _text in error.recipients.values()):
                raise Undeliverable("refused") from error
            raise


class SmsChannel:
    """Sends the titles of notifications to the persons' telephones."""

    def reaches(self, user: User) -> bool:
        """Return whether the person has entered a telephone, and messages are sent at all."""
        return ports.sms() is not None and bool(phone_of(user))

    def send(self, message: Outgoing) -> None:
        """Send a notification.

        Raises:
            Undeliverable: there is no telephone.
            OSError: no text messages are sent here, or this one was not accepted.
        """
        phone, sender = phone_of(message.recipient), ports.sms()
        if not phone:
            raise Undeliverable("no_address")
        if sender is None:
            raise OSError("GATEHOUSE_SMS names no adapter")
        parts = (message.title, message.url)
        with _slots.taken("sms"):
            sender.send(message.key, phone, " ".join(part for part in parts if part))
