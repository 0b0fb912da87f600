"""A budget of telemetry for each device, so that a flood of one does not delay the others."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from devices.admission import Admission, Budget
from devices.senders import SenderKey, classify
from devices.telemetry.services import RawMessage

# A small part of what one process stores, 30,000 to 50,000 messages a second on two cores. At once,
# a gateway may send what it has stored in an outage of days.
BUDGET = Budget(
    messages_per_s=2_000,
    bytes_per_s=4 * 1024 * 1024,
    burst_messages=500_000,
    burst_bytes=512 * 1024 * 1024,
)
MAX_CACHED_TOPICS = 10_000


class TelemetryBudgets:
    """The budgets of all devices, in the memory of one process."""

    def __init__(self) -> None:
        self.admission = Admission(BUDGET)

    def admitted(self, messages: Sequence[RawMessage], now: float) -> list[RawMessage]:
        """Return the messages that their senders' budgets cover; count the others as dropped.

        Args:
            messages: in the order of their arrival.
            now: monotonic seconds.
        """
        numbers: defaultdict[str, int] = defaultdict(int)
        sizes: defaultdict[str, int] = defaultdict(int)
        for topic, payload in messages:
            numbers[topic] += 1
            sizes[topic] += len(payload)
        admit_all = self.admission.admit_all
        flooded = {
            topic: _sender(topic)
            for topic, n in numbers.items()
            if not admit_all(_sender(topic), None, n, sizes[topic], now)
        }
        if not flooded:
            return list(messages)
        return [
            each
            for each in messages
            if each.topic not in flooded
            or self.admission.admit(flooded[each.topic], None, len(each.payload), now)
        ]

    def charge_rejections(self, topics: Iterable[str]) -> None:
        """Charge the senders for rejected messages, given the topic of each."""
        for topic in topics:
            self.admission.charge_rejection(_sender(topic))


@lru_cache(MAX_CACHED_TOPICS)
def _sender(topic: str) -> SenderKey:
    return classify(topic, b"").sender
