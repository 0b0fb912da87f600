"""Received messages in the order in which they are handled."""

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """A queue that takes the senders in turns, those with an urgent message first.

    The messages of one sender keep their order, since a car's passage must not overtake its plate.
    A sender with many messages delays its own only.
    """

    def __init__(self) -> None:
        self._queues: OrderedDict[Hashable, deque[tuple[T, bool]]] = OrderedDict()
        self._urgent: OrderedDict[Hashable, int] = OrderedDict()  # urgent messages by sender
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def push(self, sender: Hashable, item: T, *, urgent: bool) -> None:
        """Append an item of a sender."""
        self._queues.setdefault(sender, deque()).append((item, urgent))
        if urgent:
            self._urgent[sender] = self._urgent.get(sender, 0) + 1
        self._size += 1

    def pop(self) -> T:
        """Remove and return the next item.

        Raises:
            IndexError: the queue is empty.
        """
        if not self._size:
            raise IndexError("the queue is empty")
        sender = next(iter(self._urgent or self._queues))
        queue = self._queues[sender]
        item, urgent = queue.popleft()
        self._size -= 1
        self._end_turn(sender, urgent=urgent)
        return item

    def _end_turn(self, sender: Hashable, *, urgent: bool) -> None:
        """Move the sender to the end of its turns, or remove it if nothing is left of it."""
        if self._queues[sender]:
            self._queues.move_to_end(sender)
        else:
            del self._queues[sender]
        if sender not in self._urgent:
            return
        self._urgent[sender] -= urgent
        if self._urgent[sender]:
            self._urgent.move_to_end(sender)
        else:
            del self._urgent[sender]
