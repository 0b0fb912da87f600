"""The port through which residents get text messages; its adapter is wired by a setting."""

from typing import Protocol


class SmsSender(Protocol):
    """Sends text messages."""

    def send(self, key: str, phone: str, text: str) -> None:
        """Send one message.

        Args:
            key: the same for a repeated attempt.
            phone: as the register has it.

        Raises:
            OSError: it was not accepted; the outbox tries again.
        """


_senders: list[SmsSender] = []


def use_sms(sender: SmsSender | None) -> None:
    """Set what sends text messages; None where none are sent."""
    _senders[:] = [sender] if sender is not None else []


def sms() -> SmsSender | None:
    """Return what sends text messages; None where none are sent."""
    return _senders[0] if _senders else None
