"""The free minutes of a stay (rules 2 and 12)."""

from bisect import bisect_right
from typing import NamedTuple

from pricing.cover import Billable, whole_stay
from pricing.local_time import local_days
from pricing.tariff import DAY, Tariff
from pricing.timeline import Cycle


class Allowance(NamedTuple):
    """The free minutes that a tariff grants.

    Attributes:
        from_start: the minutes never billed at the start.
        cycle: the longest cycle that is free; -1 where none is.
        stay: the longest stay that is free; -1 where none is.
    """

    from_start: int
    cycle: int
    stay: int


class FreeTime(NamedTuple):
    """What is free of one stay.

    Attributes:
        from_start: the uncovered minutes never billed at the start.
        cycles: the indexes of the ladder cycles that are free.
    """

    from_start: int
    cycles: frozenset[int]


def allowance(tariff: Tariff) -> Allowance:
    """Return the tariff's free minutes.

    `repeat` concerns the threshold only: `deduct` is granted once in a stay.
    """
    free = tariff.free
    if free is None:
        return Allowance(0, -1, -1)
    if free.kind == "deduct":
        return Allowance(free.minutes, -1, free.minutes)
    longest = free.minutes if free.inclusive else free.minutes - 1
    return Allowance(0, longest if free.repeat == "cycle" else -1, longest)


def is_free(tariff: Tariff, minutes: int, billable: Billable) -> bool:
    """Whether nothing of a stay is billed: it is covered, or short enough to be free.

    The length of the whole stay counts; with `free_after_pass` only its uncovered minutes.
    """
    tested = billable.minutes if tariff.free_after_pass else minutes
    return not billable.minutes or tested <= allowance(tariff).stay


def free_time(
    tariff: Tariff, origin: int, minutes: int, billable: Billable, cycles: tuple[Cycle, ...]
) -> FreeTime:
    """Return what is free of a stay that is not free as a whole.

    Args:
        tariff: the stay's tariff.
        origin: the minute of the entry.
        minutes: the length of the whole stay.
        billable: its uncovered minutes.
        cycles: the ladder cycles of those.
    """
    from_start, longest, _ = allowance(tariff)
    counts_cover = billable.minutes < minutes and not tariff.free_after_pass
    if from_start and counts_cover:
        from_start = billable.position_of(origin + from_start)
    if longest < 0:
        return FreeTime(from_start, frozenset())
    lengths = [cycle.end - cycle.start for cycle in cycles]
    if counts_cover:
        lengths = _whole_lengths(tariff, whole_stay(origin, minutes), billable, cycles)
    short = (index for index, length in enumerate(lengths) if length <= longest)
    return FreeTime(from_start, frozenset(short))


def _whole_lengths(
    tariff: Tariff, whole: Billable, billable: Billable, cycles: tuple[Cycle, ...]
) -> list[int]:
    """Return the lengths of the cycles with the covered minutes in them.

    The time before the first uncovered minute belongs to the first cycle of 24 hours, which begins
    there.
    """
    firsts = [billable.minute_at(cycle.start) for cycle in cycles]
    if tariff.ladder_reset == "none":
        return [whole.minutes]
    if tariff.ladder_reset == "day":
        days = local_days(tariff.zone, whole.first, whole.first + whole.minutes)
        starts = [start for start, _ in days]
        holding = [days[bisect_right(starts, at) - 1] for at in firsts]
        return [end - start for start, end in holding]
    end = whole.first + whole.minutes
    lengths: list[int] = []
    for at in firsts:
        start = at - (at - billable.first) % DAY
        lengths.append(min(end, start + DAY) - (start if lengths else whole.first))
    return lengths
