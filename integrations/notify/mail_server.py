"""The outgoing mail server: that of the environment (EMAIL_URL), else the one that was entered."""

import smtplib
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core import installation
from core.errors import Rejection
from core.models import User

NAME = "mail"
ENTERED = "integrations.notify.backend.EnteredServerBackend"
_SMTP = "django.core.mail.backends.smtp.EmailBackend"
TIMEOUT_S = 10
_LAST_PORT = 65535
# What a server that can't be used raises; a host name may not even be encodable.
MAIL_ERRORS = (OSError, UnicodeError)


class Security(StrEnum):
    """How the connection to the server is encrypted."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class MailServer:
    """A mail server and the account there.

    Attributes:
        user: empty for a server that needs no login.
        sender: the address that mails come from, such as ``Harbour Park <gate@example.com>``.
    """

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str

    def backend(self) -> EmailBackend:
        """Return Django's connection to the server, which raises what goes wrong."""
        return EmailBackend(
            host=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.security == Security.STARTTLS,
            use_ssl=self.security == Security.TLS,
            timeout=TIMEOUT_S,
            fail_silently=False,
        )


def is_from_environment() -> bool:
    """Return whether the environment configures mail, so that no entered server is used."""
    return bool(settings.EMAIL_BACKEND != ENTERED)


def server() -> MailServer | None:
    """Return the server that mails are sent by; None without one, or if it is no mail server."""
    return _of_environment() if is_from_environment() else _entered()


def is_set_up() -> bool:
    """Return whether mails are sent at all."""
    return is_from_environment() or _entered() is not None


def works() -> bool:
    """Return whether mail is set up and the last mail, if any, was accepted."""
    return is_set_up() and not installation.load(NAME).problem


def sender() -> str:
    """Return the address that mails come from."""
    used = server()
    return used.sender if used else settings.DEFAULT_FROM_EMAIL


def change_mail_server(
    actor: User,
    *,
    host: str,
    port: int,
    security: str,
    user: str,
    password: str,
    sender: str,
    revision: str = "",
) -> None:
    """Store the mail server.

    Args:
        password: empty to keep the stored one.

    Raises:
        Rejection: a value is malformed, the environment configures mail, or the stored password
            would be sent to another server than the one it was entered for.
    """
    _require_own_settings()
    host, user, sender = host.strip().lower(), user.strip(), sender.strip()
    _validate(host, port, sender, user, password)
    stored = installation.load(NAME)
    if user and not password:
        password = _kept_password(stored, host)
    values: dict[str, Any] = {
        "host": host,
        "port": port,
        "security": Security(security).value,
        "user": user,
        "sender": sender,
    }
    kept = {"password": password} if user and password else {}
    installation.store(NAME, actor, values, kept, revision)


def remove_mail_server(actor: User) -> None:
    """Remove the entered mail server; mails wait until there is another.

    Raises:
        Rejection: the environment configures mail.
    """
    _require_own_settings()
    installation.remove(NAME, actor)


def send_test_mail(to: str) -> str:
    """Send a mail over the configured server, and return the server's answer to it.

    Raises:
        Rejection: there is no server, or it did not accept the mail; with its answer.
    """
    _require_address("to", to)
    used = server()
    if used is None:
        raise _not_sent("no_server", _("no mail server is set up"), _("enter one first"))
    try:
        answer = _submit(used, _test_mail(used, to))
    except MAIL_ERRORS as error:
        installation.record_check(NAME, describe(error))
        raise _not_sent(
            "not_accepted",
            _("the server did not accept the mail: %(answer)s") % {"answer": describe(error)},
            _("check the settings, and try again"),
        ) from error
    installation.record_check(NAME)
    return answer


def describe(error: Exception) -> str:
    """Return a mail server's error as one line, with its reply where it sent one."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_decoded(error.smtp_error)}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_decoded(text)}" for code, text in error.recipients.values())
    return " ".join(str(error).split()) or type(error).__name__


def _of_environment() -> MailServer | None:
    if settings.EMAIL_BACKEND != _SMTP:
        return None
    tls, ssl = settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL
    return MailServer(
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        Security.STARTTLS if tls else Security.TLS if ssl else Security.NONE,
        settings.EMAIL_HOST_USER,
        settings.EMAIL_HOST_PASSWORD,
        settings.DEFAULT_FROM_EMAIL,
    )


def _entered() -> MailServer | None:
    stored = installation.load(NAME)
    if not stored.values:
        return None
    found = dict(stored.values)
    security = Security(found.pop("security"))
    return MailServer(**found, security=security, password=stored.secrets.get("password", ""))


def _submit(used: MailServer, message: EmailMessage) -> str:
    """Send a mail as `smtplib.SMTP.sendmail` does, and return the reply to its content."""
    backend = used.backend()
    backend.open()
    smtp: Any = backend.connection
    try:
        smtp.ehlo_or_helo_if_needed()
        _require_reply(smtp.mail(parseaddr(used.sender)[1]))
        _require_reply(smtp.rcpt(message.to[0]))
        return _require_reply(smtp.data(message.message().as_bytes()))
    finally:
        backend.close()


def _require_reply(reply: tuple[int, bytes]) -> str:
    code, text = reply
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, text)
    return f"{code} {_decoded(text)}"


def _decoded(text: bytes | str) -> str:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(plain.split())


def _test_mail(used: MailServer, to: str) -> EmailMessage:
    return EmailMessage(
        _("Test mail from Gatehouse"),
        _("Mail works: receipts and invitations are sent by this server."),
        from_email=used.sender,
        to=[to],
    )


def _validate(host: str, port: int, sender: str, user: str, password: str) -> None:
    if not host or any(map(str.isspace, host)) or "/" in host:
        raise Rejection(
            "host",
            "invalid_host",
            _("this is not a server's name"),
            _("enter it as mail.example.com, without a port"),
        )
    if not 0 < port <= _LAST_PORT:
        raise Rejection(
            "port", "out_of_range", _("there is no such port"), _("enter 587, 465 or 25")
        )
    if not (sender + user + password).isprintable():
        raise Rejection(
            "sender", "invalid", _("a line break is not allowed here"), _("enter it again")
        )
    _require_address("sender", parseaddr(sender)[1])


def _require_address(field: str, address: str) -> None:
    try:
        validate_email(address)
    except ValidationError:
        raise Rejection(
            field,
            "invalid_email",
            _("this is not an e-mail address"),
            _("enter it as name@example.com"),
        ) from None


def _kept_password(stored: installation.Stored, host: str) -> str:
    if stored.values.get("host") == host and stored.is_readable:
        return stored.secrets.get("password", "")
    raise Rejection(
        "password",
        "needed_again",
        _("the stored password is only used for the server it was entered for"),
        _("enter the password"),
    )


def _require_own_settings() -> None:
    if is_from_environment():
        raise Rejection(
            "host",
            "set_by_environment",
            _("mail is set by the environment"),
            _("change EMAIL_URL and start again"),
        )


def _not_sent(code: str, message: str, hint: str) -> Rejection:
    return Rejection("to", code, message, hint)
