"""A budget of messages and bytes for each sender, checked before any database work.

A sender that exceeds it must not delay the others: its excess messages are acknowledged and
counted, and nothing else is done with them.
"""

from dataclasses import dataclass

from django.conf import settings

from devices.drivers.contract import Driver
from devices.senders import SenderKey

# What an own topic's sender may use; its driver is known only to the registry.
DEFAULT_MESSAGES_PER_S, DEFAULT_BYTES_PER_S = 10.0, 256 * 1024
# A device that was offline may send what it has buffered: the budget of so many seconds at once.
BURST_S = 60.0
BURST_MESSAGES = 2000
# A rejected message costs as much as this many accepted ones, since it is stored with its reason.
REJECTION_COST = 10
# A flood is over when no message was in excess for so long.
CALM_S = 30.0
MAX_SENDERS = 5000


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
    """The budgets of all senders, in the memory of one process."""

    def __init__(self) -> None:
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
        factor = settings.DEVICE_BUDGET
        if factor <= 0:
            return True
        rate, bytes_rate = _rates(driver, factor)
        bucket = self._bucket(sender, rate, bytes_rate, factor, now)
        if bucket.messages >= 1 and bucket.size >= size:
            bucket.messages -= 1
            bucket.size -= size
            return True
        flood = self.floods.setdefault(sender, Flood(now, now))
        flood.last = now
        flood.dropped += 1
        return False

    def charge_rejection(self, sender: SenderKey) -> None:
        """Charge the sender for a rejected message."""
        bucket = self._buckets.get(sender)
        if bucket is not None:
            bucket.messages = max(bucket.messages - REJECTION_COST + 1, 0.0)

    def end_floods(self, now: float) -> dict[SenderKey, Flood]:
        """Remove and return the floods that are over."""
        over = {key: each for key, each in self.floods.items() if now - each.last > CALM_S}
        for key in over:
            del self.floods[key]
        return over

    def _bucket(
        self, sender: SenderKey, rate: float, bytes_rate: float, factor: float, now: float
    ) -> Bucket:
        """Return the sender's bucket, refilled for the time since its last message."""
        most, most_bytes = BURST_MESSAGES * factor, bytes_rate * BURST_S
        bucket = self._buckets.get(sender)
        if bucket is None:
            if len(self._buckets) >= MAX_SENDERS:
                self._forget_idle(now)
            bucket = self._buckets[sender] = Bucket(most, most_bytes, now)
        elapsed, bucket.at = now - bucket.at, now
        bucket.messages = min(most, bucket.messages + elapsed * rate)
        bucket.size = min(most_bytes, bucket.size + elapsed * bytes_rate)
        return bucket

    def _forget_idle(self, now: float) -> None:
        """Make room for new senders: remove those idle for longest, half of all."""
        by_age = sorted(self._buckets, key=lambda sender: self._buckets[sender].at)
        for sender in by_age[: MAX_SENDERS // 2]:
            if sender not in self.floods:
                del self._buckets[sender]


def _rates(driver: Driver | None, factor: float) -> tuple[float, float]:
    if driver is None:
        return DEFAULT_MESSAGES_PER_S * factor, DEFAULT_BYTES_PER_S * factor
    manifest = driver.MANIFEST
    return manifest.messages_per_s * factor, manifest.bytes_per_s * factor
