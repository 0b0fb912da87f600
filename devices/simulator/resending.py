"""The rule by which a device of our protocol loses no message to a killed broker (docs/devices.md).

A broker acknowledges a message once it is in memory, and writes it to disk a little later. A
device therefore keeps acknowledged messages until the broker has been alive for a while longer, and
resends them when the connection breaks before that. Receivers ignore a second copy of a message.
"""

from collections import deque
from dataclasses import dataclass, field

from .speech import Message

KEEP_S = 10.0


@dataclass(slots=True)
class UnconfirmedMessages:
    """The messages of one device that it may have to resend."""

    keep_s: float = KEEP_S
    _sent: dict[int, Message] = field(default_factory=dict)
    _confirmed: deque[tuple[float, Message]] = field(default_factory=deque)

    def sent(self, mid: int, message: Message) -> None:
        """Record a message sent with that packet id."""
        if not message.retain:  # retained messages are published again at each connect
            self._sent[mid] = message

    def confirmed(self, mid: int, now: float) -> None:
        """Record the acknowledgement of a message, at that monotonic time."""
        message = self._sent.pop(mid, None)
        if message is not None:
            self._confirmed.append((now, message))

    def answered(self, now: float) -> None:
        """Drop messages acknowledged long enough ago: the broker lives, so they are on disk."""
        while self._confirmed and self._confirmed[0][0] < now - self.keep_s:
            self._confirmed.popleft()

    def again(self) -> list[Message]:
        """Remove and return the messages to resend after the connection broke."""
        messages = [message for _, message in self._confirmed]
        self._confirmed.clear()
        return messages
