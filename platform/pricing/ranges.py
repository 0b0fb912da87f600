"""The prices of a tariff by the length of a stay, as ranges of one price."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from pricing.engine import price
from pricing.tariff import Tariff

HOURS = 72
# Units shorter than this would make thousands of ranges; their prices are shown every 5 minutes.
_SHORT_UNIT, _COARSE = 10, 5


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Stays of `first` to `last` minutes cost `amounts`, one for each tariff asked for."""

    first: int
    last: int
    amounts: tuple[int, ...]


def price_ranges(
    tariffs: Sequence[Tariff], entry: datetime, *, hours: int = HOURS, vehicle: str | None = None
) -> list[PriceRange]:
    """Return the prices of stays from `entry` (aware) on, for one or more tariffs side by side.

    A published tariff never charges less for a longer stay, so that two lengths of one price
    have no other price between them; the changes are found by bisection, to the minute.

    Raises:
        StayError: as `price` does.
    """
    step = 1 if min(map(_shortest_unit, tariffs)) >= _SHORT_UNIT else _COARSE
    start = entry.astimezone(UTC)

    @cache
    def amounts(index: int) -> tuple[int, ...]:
        until = start + timedelta(minutes=index * step)
        return tuple(price(each, start, until, vehicle=vehicle).amount for each in tariffs)

    def starts(low: int, high: int) -> Iterator[int]:
        """Yield where another price begins, in (low, high]."""
        if amounts(low) == amounts(high):
            return
        if high - low == 1:
            yield high
            return
        middle = (low + high) // 2
        yield from starts(low, middle)
        yield from starts(middle, high)

    last = hours * 60 // step
    begins = [0, *starts(0, last), last + 1]
    return [
        PriceRange(begin * step, min((end - 1) * step, hours * 60), amounts(begin))
        for begin, end in pairwise(begins)
    ]


def _shortest_unit(tariff: Tariff) -> int:
    units = [step.unit for ladder in tariff.ladders for step in ladder if step.unit]
    return min(units, default=_SHORT_UNIT)
