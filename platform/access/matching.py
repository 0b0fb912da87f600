"""Match a lane's movements to its passages: a pure function of both, whatever their order.

A movement that names a plate belongs to that plate's car. Without a plate, a car that passed is the
oldest that was let through and has not left the lane, one that turned back is the newest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

PASSED, TURNED_BACK = "passed", "turned_back"
# A car leaves the barrier at most this long after it was let through.
MAX_TIME_TO_MOVE = timedelta(minutes=10)
# No car stands at a barrier for longer than this.
MAX_TIME_AT_LANE = timedelta(hours=1)
# Some cameras report the time of a movement in whole seconds only.
TIME_RESOLUTION = timedelta(seconds=1)
# The clocks of a lane's two devices differ by no more than this.
MAX_SKEW = timedelta(seconds=40)
# Reports of a lane's camera and of its barrier's loops about one car arrive within this time.
DUPLICATE_WINDOW = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Car:
    """A car at the lane, from its passage.

    Attributes:
        plate: the text in force.
        texts: every text that was read of it; a movement names one of them.
        let_through_at: the latest decision to open; None without one.
        late: its message arrived too late for a decision to open.
    """

    passage: int
    at: datetime
    plate: str
    device: int | None = None
    let_through_at: datetime | None = None
    late: bool = False
    texts: frozenset[str] = frozenset()

    @property
    def may_pass(self) -> bool:
        """Whether the barrier was opened for it, as far as is known."""
        return self.let_through_at is not None or self.late

    @property
    def since(self) -> datetime:
        """Since when it may leave the lane."""
        return max(self.at, self.let_through_at or self.at)


@dataclass(frozen=True, slots=True)
class Move:
    """A movement reported at the lane; ``passage`` is where it is matched at present."""

    pk: int
    at: datetime
    kind: str
    plate: str = ""
    device: int | None = None
    passage: int | None = field(default=None, compare=False)


def match(cars: Sequence[Car], moves: Sequence[Move], fixed_before: datetime) -> dict[int, int]:
    """Return the passage of each movement that matches one.

    Args:
        cars, moves: of one lane.
        fixed_before: the matches of movements before this instant are kept.
    """
    found: dict[int, int] = {}
    left = _Left()
    by_passage = {car.passage: car for car in cars}
    earlier: list[Move] = []
    for move in sorted(moves, key=lambda each: (each.at, each.kind, each.plate, each.pk)):
        if move.at < fixed_before:
            passage = move.passage
        elif any(_is_duplicate(move, other) for other in _recent(earlier, move)):
            passage = None
        else:
            passage = _find(cars, left, move)
        earlier.append(move)
        if passage is not None:
            found[move.pk] = passage
        if passage in by_passage:
            left.add(by_passage[passage])
    return found


class _Left:
    """The cars that have left the lane, looked up by passage and by plate."""

    def __init__(self) -> None:
        self._passages: set[int] = set()
        self._latest: dict[str, datetime] = {}

    def add(self, car: Car) -> None:
        self._passages.add(car.passage)
        if car.plate:
            self._latest[car.plate] = max(car.at, self._latest.get(car.plate, car.at))

    def __contains__(self, car: Car) -> bool:
        """Whether it has left: the passage itself, or an earlier read of a plate that left."""
        latest = self._latest.get(car.plate) if car.plate else None
        return car.passage in self._passages or (latest is not None and car.at <= latest)


def _recent(earlier: Sequence[Move], move: Move) -> Iterator[Move]:
    """Yield the earlier movements, in order of time, that may be reports of the same one."""
    return takewhile(lambda other: move.at - other.at < DUPLICATE_WINDOW, reversed(earlier))


def _find(cars: Sequence[Car], left: _Left, move: Move) -> int | None:
    waiting = [car for car in cars if _is_there(car, move) and car not in left]
    before = [car for car in waiting if car.at <= move.at + TIME_RESOLUTION]
    if not before:
        others = [car for car in waiting if move.device != car.device]
        return min(others, key=_order).passage if others else None
    if move.kind == PASSED and not move.plate:
        oldest = min(before, key=_order)
        before = [car for car in before if _is_same_car(car, oldest)]
    return max(before, key=_order).passage


def _is_there(car: Car, move: Move) -> bool:
    """Whether the movement may be that car's."""
    if move.plate and move.plate not in car.texts | {car.plate}:
        return False
    if car.at > move.at + MAX_SKEW:
        return False
    # A device that names the plate has seen that car pass, whatever was decided about it.
    if move.kind == PASSED and not car.may_pass and not move.plate:
        return False
    limit = MAX_TIME_TO_MOVE if car.may_pass else MAX_TIME_AT_LANE
    return move.at - car.since <= limit


def _is_same_car(car: Car, other: Car) -> bool:
    """Whether two passages at the lane are of one car: the same one, or the same plate."""
    return car.passage == other.passage or bool(car.plate and car.plate == other.plate)


def _order(car: Car) -> tuple[datetime, str, int]:
    return car.at, car.plate, car.passage


def _is_duplicate(move: Move, other: Move) -> bool:
    """Whether the lane's other device has reported the same movement of the same car."""
    return (
        move.device != other.device
        and move.kind == other.kind
        and move.at - other.at < DUPLICATE_WINDOW
        and (move.plate == other.plate or not move.plate or not other.plate)
    )
