"""Derive a plate's stays in one lot from its reads: a pure function, without Django or a clock.

The rules are those of the specification, "A stay is a function of its passages". The reads may be
given in any order, and any of them twice: the result is the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

PASSED, TURNED_BACK = "passed", "turned_back"
OPEN, CLOSED, SUPERSEDED = "open", "closed", "superseded"


@dataclass(frozen=True, slots=True)
class Read:
    """One read of the plate at a lane of the lot, with what is known of its car.

    Attributes:
        key: identifies the passage.
        at: adjusted device time.
        enters: at an entry lane.
        opened: the barrier was opened for it.
        late: the message arrived too late for the barrier to be opened by it.
        offline: the device flagged the read as recorded while it had no connection.
        movement: what the car did: PASSED, TURNED_BACK, or empty while unknown.
        moved_at: when, in adjusted device time.
        opened_at: when the barrier was opened for it last.
        reread_s: within so many seconds the same text at the lane is the same car.
        row: of an entry that is known without a passage, the stored stay.
    """

    key: int
    at: datetime
    lane: int
    enters: bool
    opened: bool = False
    late: bool = False
    offline: bool = False
    movement: str = ""
    moved_at: datetime | None = None
    opened_at: datetime | None = None
    reread_s: int = 60
    row: int | None = None

    @property
    def admits(self) -> bool:
        """Whether the car came in by this read, unless it turned back."""
        return self.opened or self.late or self.movement == PASSED

    @property
    def ends(self) -> bool:
        """Whether the car left by this read, unless it turned back."""
        return self.opened or self.offline or self.movement == PASSED

    def has_left_before(self, at: datetime) -> bool:
        """Whether the car had passed the lane, or turned back, before that instant."""
        return bool(self.movement) and self.moved_at is not None and self.moved_at < at


@dataclass(slots=True)
class Span:
    """One stay as the reads imply it.

    Attributes:
        entry: the read it began by.
        exit: the read it ended by.
        waiting: the newest read at an exit that did not end it.
        left_at: when the car was read first at the exit, or came in again.
    """

    entry: Read
    status: str = OPEN
    exit: Read | None = None
    waiting: Read | None = None
    left_at: datetime | None = None


def derive(reads: Iterable[Read], opposite_s: int = 0) -> list[Span]:
    """Return the plate's stays by time of entry.

    Args:
        reads: of one plate in one lot.
        opposite_s: an exit followed within so many seconds by an entry with its own movement is a
            car that came straight back, whose stay goes on; 0 never joins them.
    """
    spans: list[Span] = []
    for group in _groups(reads):
        last = spans[-1] if spans else None
        if group[0].enters:
            _enter(spans, last, group, opposite_s)
        elif last is not None and last.status == OPEN:
            _leave(last, group)
    return spans


def _groups(reads: Iterable[Read]) -> list[list[Read]]:
    """Group consecutive reads of one car at one lane: it is read again before it has left."""
    ordered = sorted(set(reads), key=lambda r: (r.at, not r.enters, r.lane, r.key))
    groups: list[list[Read]] = []
    for read in ordered:
        if groups and _is_same_car(groups[-1], read):
            groups[-1].append(read)
        elif read.admits or not read.enters:
            groups.append([read])
    return groups


def _is_same_car(group: Sequence[Read], read: Read) -> bool:
    first = group[0]
    is_near = read.lane == first.lane and _within(read.at - first.at, first.reread_s)
    if first.row is not None or not is_near:
        return False
    if read.at == group[-1].at:
        return True  # reported twice
    return not any(each.has_left_before(read.at) for each in group)


def _enter(spans: list[Span], last: Span | None, group: Sequence[Read], opposite_s: int) -> None:
    first, movement = group[0], _movement(group)
    if movement == TURNED_BACK:
        return
    if last is not None and last.status == OPEN:
        if _is_reread(last.entry, first):
            later = [read for read in group if not _is_reread(last.entry, read)]
            if later:
                _enter(spans, last, later, opposite_s)
            return
        last.status, last.left_at = SUPERSEDED, first.at
    elif last is not None and movement == PASSED and _returns(last, first, opposite_s):
        last.status, last.exit, last.left_at = OPEN, None, None
        return
    spans.append(Span(replace(first, movement=movement)))


def _leave(stay: Span, group: Sequence[Read]) -> None:
    if _movement(group) == TURNED_BACK:
        if stay.waiting is not None and stay.waiting.lane == group[0].lane:
            stay.waiting = None
        return
    ending = next((read for read in group if read.ends), None)
    if ending is None:
        stay.waiting = group[-1]
    else:
        # Read again before it has passed, a car has left when it was read first.
        stay.status, stay.exit, stay.left_at = CLOSED, ending, group[0].at


def _movement(group: Sequence[Read]) -> str:
    """Return what the car did in the end."""
    return next((read.movement for read in reversed(group) if read.movement), "")


def _is_reread(entry: Read, read: Read) -> bool:
    """Whether a car is read again at the lane by which it has just come in."""
    is_recent = _within(read.at - entry.at, entry.reread_s)
    return entry.row is None and entry.lane == read.lane and is_recent


def _returns(last: Span, read: Read, opposite_s: int) -> bool:
    return bool(opposite_s and last.left_at and _within(read.at - last.left_at, opposite_s))


def _within(elapsed: timedelta, seconds: int) -> bool:
    return elapsed <= timedelta(seconds=seconds)
