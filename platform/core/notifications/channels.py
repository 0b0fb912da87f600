"""The channels by which persons are notified: the bell in the pages, and those that leave them.

`core` has the bell; integrations implement the others, and `config` wires them. Each one that
leaves the installation has an outbox topic of its own.
"""

from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import outbox
from core.models import Notification, User
from core.retry_schedule import Schedule, Stage

BELL, MAIL, PUSH, SMS = "bell", "mail", "push", "sms"
#: Those that a person can choose, in the order of pages.
OUTGOING = (PUSH, MAIL, SMS)
LABELS: dict[str, str | Promise] = {
    BELL: _("Bell"),
    PUSH: _("Push message"),
    MAIL: _("Mail"),
    SMS: _("Text message"),
}
#: Their process: a channel that does not answer delays no other person's messages.
LANE = "notifications"
#: Seconds first, then every 5 minutes until `core.notifications.sending.GIVE_UP_AFTER`.
SOON = Schedule((5, 15, 30, 60, 120, 300), (Stage(300),))
TOPICS = {
    MAIL: outbox.declare("notification.mail", lane=LANE, schedule=SOON),
    PUSH: outbox.declare("notification.push", lane=LANE, schedule=SOON),
    SMS: outbox.declare("notification.sms", lane=LANE, schedule=SOON),
}


class Undeliverable(Exception):  # noqa: N818 - the message is at fault, not the program
    """Raised by a channel for a message that can never be delivered.

    Attributes:
        code: why, such as ``no_address``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Outgoing:
    """One message to one person, rendered in the person's language.

    Attributes:
        key: the same for a repeated attempt.
        url: the whole address of the page that it is about; empty without one.
    """

    key: str
    notification: Notification
    recipient: User
    title: str
    text: str
    url: str


class Channel(Protocol):
    """Sends messages of one kind, such as mails."""

    def reaches(self, user: User) -> bool:
        """Return whether a message could be sent to the person."""

    def send(self, message: Outgoing) -> None:
        """Send a message.

        Raises:
            Undeliverable: it can never be delivered.
            Exception: any other means that it is tried again.
        """


_channels: dict[str, Channel] = {}


def use(code: str, channel: Channel | None) -> None:
    """Wire a channel; None where messages of this kind are not sent here."""
    if code not in TOPICS:
        raise ValueError(f"there is no channel {code}")
    _channels.pop(code, None)
    if channel is not None:
        _channels[code] = channel


def get(code: str) -> Channel | None:
    """Return a channel; None where it is not wired."""
    return _channels.get(code)


def wired() -> list[str]:
    """Return the codes of the channels that are wired, in the order of pages."""
    return [code for code in OUTGOING if code in _channels]


def reaches(code: str, user: User) -> bool:
    """Return whether a message of that channel could be sent to the person."""
    channel = _channels.get(code)
    return channel is not None and channel.reaches(user)
