"""Decide when a page receives its changes: at most four bundles a second, bulk changes spread out.

What one transaction changed reaches a page at once, and what follows within a quarter of a second
comes together. After a bulk change all open pages reload all that they show of a topic, so each
page waits for a random part of `BULK_SPREAD` first, and for `BULK_EVERY` after its last one.
"""

import random
from collections.abc import Callable, Iterator

from core.live_changes import Changes, ChangeSet

Event = dict[str, str | int]
#: Seconds between two bundles of a page.
BUNDLE_EVERY = 0.25
#: Seconds after the first change in which the others of its transaction arrive too.
GATHER = 0.015
BULK_SPREAD = 1.0
BULK_EVERY = 2.0


class Bundler:
    """The changes that wait for one page. Times are seconds of a monotonic clock."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance = chance
        self._prompt: ChangeSet[str] = ChangeSet()
        self._bulk: ChangeSet[str] = ChangeSet()
        self._prompt_due = self._bulk_due = 0.0
        self._sent_at = self._bulk_sent_at = float("-inf")

    def add(self, topic: str, changes: Changes, now: float) -> None:
        """Add changes of a topic; many rows together become a bulk change."""
        if changes.bulk:
            self._add_bulk(topic, changes, now)
            return
        if not self._prompt:
            self._prompt_due = max(now + GATHER, self._sent_at + BUNDLE_EVERY)
        self._prompt.merge(topic, changes)

    def due(self) -> float | None:
        """Return when the next bundle is to be sent, or None where no change waits."""
        times = [self._prompt_due] * bool(self._prompt) + [self._bulk_due] * bool(self._bulk)
        return min(times, default=None)

    def pop(self, now: float) -> list[Event]:
        """Return the events that are due; none where the rows turned out to be a bulk change."""
        events: list[Event] = []
        if self._prompt and now >= self._prompt_due:
            for topic, changes in self._prompt.pop_all():
                if changes.bulk:
                    self._add_bulk(topic, changes, now)
                else:
                    events += _events(topic, changes)
        if self._bulk and now >= self._bulk_due:
            events += [{"topic": topic} for topic, _ in self._bulk.pop_all()]
            self._bulk_sent_at = now
        if events:
            self._sent_at = now
        return events

    def _add_bulk(self, topic: str, changes: Changes, now: float) -> None:
        if not self._bulk:
            earliest = max(now, self._bulk_sent_at + BULK_EVERY, self._sent_at + BUNDLE_EVERY)
            self._bulk_due = earliest + self._chance() * BULK_SPREAD
        self._bulk.merge(topic, changes)


def _events(topic: str, changes: Changes) -> Iterator[Event]:
    if changes.whole:
        yield {"topic": topic}
    for row_id in sorted(changes.ids):
        yield {"topic": topic, "id": row_id}
