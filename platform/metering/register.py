"""What a meter's register shows, reckoned exactly: no Django, no clock, no database.

A register counts up and begins again at zero when it has shown its largest number. Between two
readings it passes that number at most once: nobody can tell more from the two numbers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

LARGEST_WHOLE, LARGEST_DECIMALS = 9, 4
ONE = Decimal(1)
_DAY = timedelta(days=1)


class ReadingDecreased(ValueError):  # noqa: N818 - the name that the rules of fees use
    """The register shows less than before, and nobody said that it rolled over."""

    code = "reading_decreased"

    def __init__(self, start: Decimal, end: Decimal) -> None:
        super().__init__(f"{end} is lower than {start}, and no rollover is confirmed")


@dataclass(frozen=True, slots=True)
class Dial:
    """The digits of a register.

    Attributes:
        whole: how many stand before the point, 1 to 9.
        decimals: how many stand behind it, 0 to 4.
    """

    whole: int
    decimals: int = 0

    @property
    def capacity(self) -> Decimal:
        """Where it begins again: 100000 for five whole digits."""
        return Decimal(10) ** self.whole

    @property
    def step(self) -> Decimal:
        """The smallest difference it shows: 0.1 for one decimal."""
        return ONE.scaleb(-self.decimals)

    def shows(self, value: Decimal) -> bool:
        """Say whether the register can show exactly this."""
        return 0 <= value < self.capacity and value == value.quantize(self.step)

    def nearest(self, value: Decimal) -> Decimal | None:
        """Return what the register shows of a finer number, half a step upwards; None if nothing.

        The last half step before the capacity stays below it: rounding is no rollover.
        """
        if not value.is_finite() or not 0 <= value < self.capacity:
            return None
        return min(value.quantize(self.step, ROUND_HALF_UP), self.capacity - self.step)

    def write(self, value: Decimal) -> str:
        """Write a value with the decimals that the register has."""
        return str(value.quantize(self.step))

    def advance(self, start: Decimal, end: Decimal) -> Decimal:
        """Return how far the register went; a lower end is one that rolled over."""
        return advance(start, end, self.capacity, rolled_over=True)


def advance(
    start: Decimal, end: Decimal, capacity: Decimal | None = None, *, rolled_over: bool = False
) -> Decimal:
    """Return how far a register went from ``start`` to ``end``.

    Raises:
        ReadingDecreased: the end is lower, and no rollover was confirmed or the digits are unknown.
    """
    if end >= start:
        return end - start
    if not rolled_over or capacity is None:
        raise ReadingDecreased(start, end)
    return capacity - start + end


def used(
    parts: Iterable[tuple[Decimal, Decimal]],
    multiplier: Decimal = ONE,
    capacity: Decimal | None = None,
    *,
    rolled_over: bool = False,
) -> Decimal:
    """Return what was used over the parts, one for each meter, times the multiplier.

    Raises:
        ReadingDecreased: as `advance`.
    """
    steps = (advance(start, end, capacity, rolled_over=rolled_over) for start, end in parts)
    return sum(steps, Decimal(0)) * multiplier


def days_between(begin: datetime, end: datetime) -> Decimal:
    """Return the length of a span in days, at least one: a limit per day asks for no less."""
    length = max(end - begin, _DAY)
    return Decimal(length // timedelta(seconds=1)) / Decimal(86_400)
