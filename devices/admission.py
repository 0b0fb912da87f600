"""A budget of messages and bytes for each sender, checked before any database work.

A sender that exceeds it must not delay the others: its excess messages are acknowledged and
counted, and nothing else is done with them.
"""

from dataclasses import dataclass

from django.conf import settings

from devices.drivers.contract import Driver
from devices.senders import SenderKey

# A device that was offline may send what it has buffered: the bytes of so many seconds at once.
BURST_S = 60.0
# A rejected message costs as much as this many accepted ones, since it is stored with its reason.
REJECTION_COST = 10
# A flood is over when no message was in excess for so long.
CALM_S = 30.0
MAX_SENDERS = 5000


@dataclass(frozen=True, slots=True)
class Budget:
    """What one sender may send for long, and at once.

    Attributes:
        messages_per_s, bytes_per_s: for long.
        burst_messages, burst_bytes: at once, by a sender that has sent nothing for a while.
    """

    messages_per_s: float
    bytes_per_s: float
    burst_messages: float
    burst_bytes: float

    @classmethod
    def of_driver(cls, driver: Driver | None) -> "Budget":
        """Return the budget that the driver's manifest states; a default for an own topic."""
        if driver is None:
            return OWN_TOPIC
        manifest = driver.MANIFEST
        rate, size = manifest.messages_per_s, manifest.bytes_per_s
        return cls(rate, size, manifest.burst_messages, size * BURST_S)


# Of a device's own topic, whose driver is known only to the registry.
OWN_TOPIC = Budget(10.0, 256 * 1024, 2000, 256 * 1024 * BURST_S)


@dataclass(slots=True)
class Bucket:
    """The tokens left to one sender."""

    messages: float
    size: float
    at: float


@dataclass(slots=True)
class Flood:
    """Messages of one sender in excess of its budget.

    Attributes:
        since, last: when the first and the latest came (monotonic seconds).
        dropped: how many were dropped.
        reported: whether it was reported.
        disabling: whether the device is being disabled for it.
    """

    since: float
    last: float
    dropped: int = 0
    reported: bool = False
    disabling: bool = False


class Admission:
    """The budgets of all senders, in the memory of one process.

    Args:
        budget: the same for all senders; None for those of their drivers.
    """

    def __init__(self, budget: Budget | None = None) -> None:
        self._budget = budget
        self._buckets: dict[SenderKey, Bucket] = {}
        self.floods: dict[SenderKey, Flood] = {}

    def admit(self, sender: SenderKey, driver: Driver | None, size: int, now: float) -> bool:
        """Return whether the sender's budget covers a message; if not, count it as dropped.

        Args:
            sender: who sent it.
            driver: whose manifest states the budget.
            size: bytes of the payload.
            now: monotonic seconds.
        """
        if self.admit_all(sender, driver, 1, size, now):
            return True
        self.count_excess(sender, now)
        return False

    def count_excess(self, sender: SenderKey, now: float) -> None:
        """Count a message of the sender as dropped."""
        flood = self.floods.setdefault(sender, Flood(now, now))
        flood.last = now
        flood.dropped += 1

    def admit_all(
        self, sender: SenderKey, driver: Driver | None, n: int, size: int, now: float
    ) -> bool:
        """Return whether the sender's budget covers all of several messages.

        If not, nothing is charged or counted: ask for each of them with `admit`.

        Args:
            sender, driver, now: as for `admit`.
            n: number of messages.
            size: bytes of all payloads.
        """
        factor = settings.DEVICE_BUDGET
        if factor <= 0:
            return True
        bucket = self._bucket(sender, self._budget or Budget.of_driver(driver), factor, now)
        if bucket.messages < n or bucket.size < size:
            return False
        bucket.messages -= n
        bucket.size -= size
        return True

    def charge_rejection(self, sender: SenderKey) -> None:
        """Charge the sender for a rejected message."""
        bucket = self._buckets.get(sender)
        if bucket is not None:
            bucket.messages = max(bucket.messages - REJECTION_COST + 1, 0.0)

    def _bucket(self, sender: SenderKey, budget: Budget, factor: float, now: float) -> Bucket:
        """Return the sender's bucket, refilled for the time since its last message."""
        most, most_bytes = budget.burst_messages * factor, budget.burst_bytes * factor
        bucket = self._buckets.get(sender)
        if bucket is None:
            if len(self._buckets) >= MAX_SENDERS:
                self._forget_idle(now)
            bucket = self._buckets[sender] = Bucket(most, most_bytes, now)
        elapsed, bucket.at = now - bucket.at, now
        refill = elapsed * factor
        bucket.messages = min(most, bucket.messages + refill * budget.messages_per_s)
        bucket.size = min(most_bytes, bucket.size + refill * budget.bytes_per_s)
        return bucket

    def _forget_idle(self, now: float) -> None:
        """Make room for new senders: remove those idle for longest, half of all."""
        by_age = sorted(self._buckets, key=lambda sender: self._buckets[sender].at)
        for sender in by_age[: MAX_SENDERS // 2]:
            if sender not in self.floods:
                del self._buckets[sender]
