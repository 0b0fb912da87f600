"""Django's mail backend for the server that an administrator entered in the browser."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from integrations.notify import mail_server


class MailNotSetUp(OSError):  # noqa: N818 - what a caller handles like an unreachable server
    """There is no mail server; the mail has to wait."""


class EnteredServerBackend(BaseEmailBackend):
    """Sends by the entered server; it is read for each batch, so that a change works at once."""

    def __init__(self, fail_silently: bool = False, **_options: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send the messages and return how many were sent.

        Raises:
            MailNotSetUp: no server was entered.
            OSError: the server is unreachable or refused a message.
        """
        used = mail_server.server()
        if used is None:
            raise MailNotSetUp("no mail server is set up")
        return used.backend().send_messages(list(email_messages)) or 0
