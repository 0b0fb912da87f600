"""The rule by which a device of our protocol outlives a broker that is killed (docs/devices.md).

A broker confirms a message as soon as it has it in memory, and writes it down a little later. So a
device keeps what was confirmed until the broker has answered anything for a while longer, and sends
it again when the connection breaks before. A message that comes twice changes nothing.
"""

from collections import deque
from dataclasses import dataclass, field

from .speech import Message

KEEP_S = 10.0


@dataclass(slots=True)
class Kept:
    """What one device has sent and might have to send again."""

    keep_s: float = KEEP_S
    _sent: dict[int, Message] = field(default_factory=dict)
    _confirmed: deque[tuple[float, Message]] = field(default_factory=deque)

    def sent(self, mid: int, message: Message) -> None:
        """Take what went out under that number."""
        if not message.retain:  # what is retained is said anew at each connect
            self._sent[mid] = message

    def confirmed(self, mid: int, now: float) -> None:
        """The broker has it, at that time of the monotonic clock."""
        message = self._sent.pop(mid, None)
        if message is not None:
            self._confirmed.append((now, message))

    def answered(self, now: float) -> None:
        """The broker lives: what it confirmed long enough ago is on its disk."""
        while self._confirmed and self._confirmed[0][0] < now - self.keep_s:
            self._confirmed.popleft()

    def again(self) -> list[Message]:
        """Return what to send again after the connection broke, and keep none of it."""
        messages = [message for _, message in self._confirmed]
        self._confirmed.clear()
        return messages
