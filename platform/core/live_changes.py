"""Coalesce changes of the live channel, so that a run over many rows costs few messages."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

#: More rows of one topic than this are announced as a change of the whole topic.
MAX_IDS = 50

K = TypeVar("K", bound=Hashable)


@dataclass
class Changes:
    """What changed of one topic: single rows, or any of them.

    Attributes:
        ids: primary keys of the changed rows; empty where `whole` is set.
        whole: any row may have changed, so pages reload all that they show of the topic.
        bulk: `whole`, because many rows changed: the reloads are spread over some time.
    """

    ids: set[int] = field(default_factory=set)
    whole: bool = False
    bulk: bool = False

    def add(self, row_id: int | None) -> None:
        """Add one row, or the whole topic where it is None."""
        if row_id is None:
            self._widen()
        elif not self.whole:
            self.ids.add(row_id)
            if len(self.ids) > MAX_IDS:
                self._widen()
                self.bulk = True

    def merge(self, other: "Changes") -> None:
        """Add all that the other has."""
        if other.whole:
            self._widen()
            self.bulk = self.bulk or other.bulk
        for row_id in other.ids:
            self.add(row_id)

    def _widen(self) -> None:
        self.ids.clear()
        self.whole = True


class ChangeSet(Generic[K]):
    """Changes by key, in the order of their first occurrence.

    The key groups them, for instance by (site, topic).
    """

    def __init__(self) -> None:
        self._changes: dict[K, Changes] = {}

    def __bool__(self) -> bool:
        return bool(self._changes)

    def __iter__(self) -> Iterator[tuple[K, Changes]]:
        return iter(self._changes.items())

    def add(self, key: K, row_id: int | None) -> None:
        """Add one changed row of that key, or anything of it where the row is None."""
        self._of(key).add(row_id)

    def merge(self, key: K, changes: Changes) -> None:
        """Add changes of that key."""
        self._of(key).merge(changes)

    def pop_all(self) -> list[tuple[K, Changes]]:
        """Return everything and begin again empty."""
        popped, self._changes = list(self._changes.items()), {}
        return popped

    def _of(self, key: K) -> Changes:
        if key not in self._changes:
            self._changes[key] = Changes()
        return self._changes[key]
