"""Received messages in the order in which they are handled."""

from collections import OrderedDict, defaultdict, deque
from collections.abc import Hashable
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")

# In a queue as long as this, no sender may have more than its share: the broker sends no further
# messages, of cars neither, while 10,000 or 192 MB of them are not acknowledged.
LONG_ITEMS, LONG_BYTES = 4_000, 64 * 1024 * 1024


class FairQueue(Generic[T]):
    """A queue that takes the senders in turns, those with an urgent message first.

    The messages of one sender keep their order, since a car's passage must not overtake its plate.
    A sender with many messages delays its own only.
    """

    def __init__(self) -> None:
        self._queues: OrderedDict[Hashable, deque[tuple[T, bool, int]]] = OrderedDict()
        self._urgent: OrderedDict[Hashable, int] = OrderedDict()  # urgent messages by sender
        self._bytes: defaultdict[Hashable, int] = defaultdict(int)
        self._size = self._total_bytes = 0

    def __len__(self) -> int:
        return self._size

    def is_crowded_by(self, sender: Hashable) -> bool:
        """Whether the queue is long, and the sender has more than its share of it."""
        own, senders = self._queues.get(sender), len(self._queues)
        if own is None:
            return False
        if self._size >= LONG_ITEMS and len(own) * senders >= LONG_ITEMS:
            return True
        return self._total_bytes >= LONG_BYTES and self._bytes[sender] * senders >= LONG_BYTES

    def push(self, sender: Hashable, item: T, *, urgent: bool, size: int = 0) -> None:
        """Append an item of a sender, of so many bytes."""
        self._queues.setdefault(sender, deque()).append((item, urgent, size))
        self._count(sender, urgent=urgent, size=size)

    def pop(self) -> T:
        """Remove and return the next item.

        Raises:
            IndexError: the queue is empty.
        """
        if not self._size:
            raise IndexError("the queue is empty")
        return self.pop_of(next(iter(self._urgent or self._queues)))

    def heads(self, most: int) -> list[T]:
        """Return the next item of each sender with an urgent one, in turns; else the next item."""
        senders = islice(self._urgent, most) if self._urgent else islice(self._queues, 1)
        return [self._queues[sender][0][0] for sender in senders]

    def pop_of(self, sender: Hashable) -> T:
        """Remove and return the next item of one sender, which ends its turn.

        Raises:
            KeyError: nothing of it is queued.
        """
        item, urgent, size = self._queues[sender].popleft()
        self._size -= 1
        self._bytes[sender] -= size
        self._total_bytes -= size
        self._end_turn(sender, urgent=urgent)
        return item

    def next_of(self, sender: Hashable, most: int) -> list[T]:
        """Return the sender's next items; they stay in the queue."""
        return [item for item, _urgent, _size in islice(self._queues.get(sender, ()), most)]

    def put_back(self, sender: Hashable, item: T, *, urgent: bool, size: int = 0) -> None:
        """Put an item that was taken from the queue before the others of its sender."""
        self._queues.setdefault(sender, deque()).appendleft((item, urgent, size))
        self._count(sender, urgent=urgent, size=size)

    def postpone(self, sender: Hashable) -> None:
        """Handle what is queued of the sender after the urgent items of the others."""
        if self._urgent.pop(sender, 0):
            waiting = self._queues[sender]
            self._queues[sender] = deque((item, False, size) for item, _urgent, size in waiting)

    def _count(self, sender: Hashable, *, urgent: bool, size: int) -> None:
        self._bytes[sender] += size
        self._total_bytes += size
        if urgent:
            self._urgent[sender] = self._urgent.get(sender, 0) + 1
        self._size += 1

    def _end_turn(self, sender: Hashable, *, urgent: bool) -> None:
        """Move the sender to the end of its turns, or remove it if nothing is left of it."""
        if self._queues[sender]:
            self._queues.move_to_end(sender)
        else:
            del self._queues[sender], self._bytes[sender]
        if sender not in self._urgent:
            return
        self._urgent[sender] -= urgent
        if self._urgent[sender]:
            self._urgent.move_to_end(sender)
        else:
            del self._urgent[sender]
