"""Caps: the most a window may cost (rule 10)."""

from collections.abc import Sequence
from dataclasses import dataclass

from pricing.accumulator import Charge
from pricing.tariff import CapRule


@dataclass(slots=True)
class Cut:
    """What one cap takes off one of its windows: `amount` minor units off charges `first`-`last`.

    `first` and `last` are indexes of the window's first and last charge; `used` is what the
    window costs after the cut.
    """

    cap: CapRule
    number: int
    first: int
    last: int
    used: int = 0
    amount: int = 0


def apply_caps(caps: Sequence[CapRule], charges: Sequence[Charge]) -> list[Cut]:
    """The cuts of all caps, in list order and by window.

    A window fills up in the order of time and everything beyond its limit is cut, so a cut always
    falls on the latest charges of its window. That settles what later caps see of a window that
    an earlier cut only partly overlaps, and no cap can make a longer stay cheaper.
    """
    net = [charge.amount for charge in charges]
    return [cut for cap in caps for cut in _apply(cap, charges, net) if cut.amount]


def window_number(cap: CapRule, charge: Charge) -> int | None:
    """Return the index of the cap's window that a charge is in; None where no window counts it."""
    place = charge.place
    if cap.window == "segment":
        if cap.element is None:
            return place.segment
        return place.own_segment if place.element == cap.element else None
    if cap.window == "day":
        return charge.day
    return charge.day24 if cap.window == "24h" else 0


def _apply(cap: CapRule, charges: Sequence[Charge], net: list[int]) -> list[Cut]:
    windows: dict[int, Cut] = {}
    for index, charge in enumerate(charges):
        number = window_number(cap, charge)
        if number is None:
            continue
        cut = windows.get(number)
        if cut is None:
            cut = windows[number] = Cut(cap, number, index, index)
        kept = min(net[index], cap.limit(number) - cut.used)
        cut.amount += net[index] - kept
        cut.used += kept
        cut.last = index
        net[index] = kept
    return list(windows.values())
