"""Text messages: the adapters of `people.accounts.ports.SmsSender`, chosen by GATEHOUSE_SMS."""

import sys
from collections.abc import Callable, Mapping

from core import installation, outbox
from people.accounts.ports import SmsSender

NAME = "sms"


class ConsoleSms:
    """Writes messages to the log of the process that sends them, for trying out."""

    def send(self, key: str, phone: str, text: str) -> None:
        """Write the message to the standard output."""
        sys.stdout.write(f"SMS {key} to {phone}: {text}\n")
        sys.stdout.flush()


class RecordedSms:
    """Records for the health page whether the provider accepted the last message."""

    def __init__(self, sender: SmsSender) -> None:
        self._sender = sender

    def send(self, key: str, phone: str, text: str) -> None:
        """Send a message, and record how that went.

        Raises:
            OSError: see `SmsSender.send`.
        """
        try:
            self._sender.send(key, phone, text)
        except OSError as error:
            installation.record_check(NAME, str(error) or type(error).__name__)
            raise
        installation.record_check(NAME)


ADAPTERS: Mapping[str, Callable[[], SmsSender]] = {"console": ConsoleSms}


def sender(name: str) -> SmsSender | None:
    """Return the adapter of that name; None for an empty one.

    Raises:
        ValueError: there is no such adapter.
    """
    if not name:
        return None
    if name not in ADAPTERS:
        raise ValueError(f"GATEHOUSE_SMS is {name}, not one of {', '.join(ADAPTERS)}")
    return RecordedSms(ADAPTERS[name]())


def waiting() -> int:
    """Return how many text messages wait to be sent."""
    return outbox.unsent(outbox.topics(outbox.SMS)).count()
