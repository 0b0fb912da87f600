"""Exact arithmetic of meter registers, without Django, clock or database.

A register counts up and restarts at zero after its largest number (a rollover). Between two
readings at most one rollover is assumed: two numbers cannot show more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

MAX_WHOLE_DIGITS, MAX_DECIMALS = 9, 4
ONE = Decimal(1)
_DAY = timedelta(days=1)


class ReadingDecreased(ValueError):  # noqa: N818 - the name in the specification of fees
    """The register is lower than before, and no rollover is confirmed."""

    code = "reading_decreased"

    def __init__(self, start: Decimal, end: Decimal) -> None:
        super().__init__(f"{end} is lower than {start}, and no rollover is confirmed")


@dataclass(frozen=True, slots=True)
class Dial:
    """The digits of a register.

    Attributes:
        whole: digits before the decimal point, 1 to 9.
        decimals: digits behind it, 0 to 4.
    """

    whole: int
    decimals: int = 0

    @property
    def capacity(self) -> Decimal:
        """The number at which it rolls over: 100000 for five whole digits."""
        return Decimal(10) ** self.whole

    @property
    def step(self) -> Decimal:
        """The smallest difference that it shows: 0.1 for one decimal."""
        return ONE.scaleb(-self.decimals)

    def can_show(self, value: Decimal) -> bool:
        """Whether the register can show exactly this value."""
        return 0 <= value < self.capacity and value == value.quantize(self.step)

    def round(self, value: Decimal) -> Decimal | None:
        """Round a value to the register's decimals, half up; None if it is out of range.

        Rounding never reaches the capacity, because that would look like a rollover.
        """
        if not value.is_finite() or not 0 <= value < self.capacity:
            return None
        return min(value.quantize(self.step, ROUND_HALF_UP), self.capacity - self.step)

    def format(self, value: Decimal) -> str:
        """Format a value with the register's decimals."""
        return str(value.quantize(self.step))

    def advance(self, start: Decimal, end: Decimal) -> Decimal:
        """Return the difference between two values; a lower end means one rollover."""
        return advance(start, end, self.capacity, rolled_over=True)


def advance(
    start: Decimal, end: Decimal, capacity: Decimal | None = None, *, rolled_over: bool = False
) -> Decimal:
    """Return by how much a register advanced from ``start`` to ``end``.

    Raises:
        ReadingDecreased: the end is lower, and no rollover is confirmed or the digits are unknown.
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
    """Return the consumption over the parts, one for each meter, times the multiplier.

    Raises:
        ReadingDecreased: as `advance`.
    """
    steps = (advance(start, end, capacity, rolled_over=rolled_over) for start, end in parts)
    return sum(steps, Decimal(0)) * multiplier


def days_between(begin: datetime, end: datetime) -> Decimal:
    """Return the length of a period in days, at least one, for comparison with daily limits."""
    length = max(end - begin, _DAY)
    return Decimal(length // timedelta(seconds=1)) / Decimal(86_400)
