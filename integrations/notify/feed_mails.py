"""Mails to authorities: the format and the sender of endpoints that are e-mail addresses."""

import smtplib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from incidents import kinds
from incidents.feeds.formats import DeliveryContext
from incidents.feeds.ports import Answer, Outcome
from incidents.models import Delivery, FeedEndpoint, FeedMessage
from incidents.severities import Severity
from integrations.notify import mail_server, sending
from integrations.notify.backend import MailNotSetUp

TEXT = "text/plain; charset=utf-8"


class FeedMailFormat:
    """A text for people: what, how bad, where and when; its first line is the subject."""

    def build(self, context: DeliveryContext) -> tuple[str, bytes]:
        """Return the mail's text."""
        content, zone = context.message.content, context.endpoint.site.timezone
        language = str(context.endpoint.options.get("language") or settings.LANGUAGE_CODE)
        with override(language), timezone.override(zone):
            values = {
                "subject": _subject(context, content),
                "context": context,
                "content": content,
                "kind": _kind(content["kind"]),
                "severity": Severity(content["severity"]).label,
                "position": _position(content),
                "first_at": datetime.fromisoformat(content["first_at"]),
                "last_at": datetime.fromisoformat(content["last_at"]),
                "references": ", ".join(each.public_id for each in context.earlier),
            }
            return TEXT, render_to_string("notify/feed.txt", values).strip().encode()


class FeedMailSender:
    """Sends a delivery as a mail."""

    def send(self, endpoint: FeedEndpoint, delivery: Delivery) -> Answer:
        """Make one attempt; a repeated mail has the same Message-ID."""
        subject, _line, body = bytes(delivery.body).decode().partition("\n")
        mail = EmailMessage(subject.strip(), body.strip(), to=[endpoint.url])
        try:
            sending.send(f"feed:{delivery.message.public_id}:{endpoint.pk}", mail)
        except MailNotSetUp as error:
            return Answer(Outcome.HOLD, error=str(error))
        except mail_server.MAIL_ERRORS as error:
            outcome = Outcome.REJECTED if _is_final(error) else Outcome.HOLD
            return Answer(outcome, error=mail_server.describe(error))
        return Answer(Outcome.DELIVERED)


def _is_final(error: Exception) -> bool:
    """Return whether the server refused this mail for good: its receiver, or its content.

    What it has against us, such as a wrong password, concerns every mail and holds the queue.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def _subject(context: DeliveryContext, content: dict[str, Any]) -> str:
    label = FeedMessage.Type(context.type).label
    subject = f"{content['site']}: {label}, {_kind(content['kind'])}"
    return _("EXERCISE: %(subject)s") % {"subject": subject} if content["exercise"] else subject


def _position(content: dict[str, Any]) -> str:
    if content["latitude"] is None or content["longitude"] is None:
        return ""
    return f"{content['latitude']:.6f}, {content['longitude']:.6f}"


def _kind(code: str) -> str:
    return str(kinds.get(code).label) if code != "test" else _("test of the connection")
