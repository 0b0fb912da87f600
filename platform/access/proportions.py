"""Whether a share has fallen: pure functions without Django, clock or database.

Two shares are compared by their Wilson score intervals: the upper bound of the recent one must be
below the lower bound of the usual one, and the fall must matter. Readings of one hour resemble each
other (rain, a low sun), which the intervals do not know; hence their width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

#: Readings that are compared; the hours with the latest ones are taken whole.
WINDOW = 200
#: With fewer, nothing is concluded.
LEAST_RECENT, LEAST_USUAL = 60, 200
#: The half-width of an interval in standard errors. A steady camera of 240 cars a day that is
#: looked at each hour then raises an alarm in fewer than 1 of 100 months.
WIDTH = 4.0
#: The smallest fall that matters, and the one at which a camera has recovered.
FALL, RECOVERED = 0.05, 0.025


@dataclass(frozen=True, slots=True)
class Share:
    """So many of a total."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share; 1 of nothing."""
        return self.hits / self.total if self.total else 1.0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.hits + other.hits, self.total + other.total)


def bounds(share: Share) -> tuple[float, float]:
    """Return the bounds of the Wilson score interval of a share; of nothing, 0 and 1."""
    if share.total == 0:
        return 0.0, 1.0
    square = WIDTH * WIDTH / share.total
    centre = share.value + square / 2
    half = WIDTH * sqrt(share.value * (1 - share.value) / share.total + square / share.total / 4)
    return max(0.0, (centre - half) / (1 + square)), min(1.0, (centre + half) / (1 + square))


def split(newest_first: Sequence[Share], latest: int) -> tuple[Share, Share]:
    """Divide counts into the recent ones, until these have a whole window, and those before.

    Args:
        latest: so many of the counts are recent enough.
    """
    recent = Share(0, 0)
    taken = 0
    while taken < latest and recent.total < WINDOW:
        recent += newest_first[taken]
        taken += 1
    return recent, sum(newest_first[taken:], Share(0, 0))


def has_fallen(recent: Share, usual: Share) -> bool:
    """Return whether a share is lower than usual, beyond chance and by enough to matter."""
    if recent.total < LEAST_RECENT or usual.total < LEAST_USUAL:
        return False
    if usual.value - recent.value < FALL:
        return False
    return bounds(recent)[1] < bounds(usual)[0]


def has_recovered(recent: Share, usual: Share) -> bool:
    """Return whether a share that had fallen is near the usual one again."""
    return recent.total >= LEAST_RECENT and usual.value - recent.value <= RECOVERED
