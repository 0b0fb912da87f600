"""Sending one mail, with its sender, and recording whether the server accepted it."""

from django.core.mail import EmailMessage

from core import installation
from integrations.notify import mail_server
from integrations.notify.backend import MailNotSetUp


def send(key: str, message: EmailMessage) -> None:
    """Send a mail from the installation's address.

    Args:
        key: the outbox message's key; a repeated mail has the same Message-ID.

    Raises:
        OSError, UnicodeError: there is no mail server, it is unreachable or refused the mail.
    """
    message.from_email = mail_server.sender()
    domain = message.from_email.rpartition("@")[2].rstrip(">")
    message.extra_headers["Message-ID"] = f"<{key.replace(':', '.')}@{domain}>"
    try:
        message.send()
    except MailNotSetUp:
        raise
    except mail_server.MAIL_ERRORS as error:
        installation.record_check(mail_server.NAME, mail_server.describe(error))
        raise
    installation.record_check(mail_server.NAME)
