"""The offset of a device's clock, measured by the times in its messages.

A message that was delayed looks like a slow clock, so of several measurements the largest counts.
One message may carry any time, so an offset counts only if several messages agree on it. Pure
functions: no database, no clock.
"""

from collections.abc import Sequence
from typing import NamedTuple

# The offset is that of the least delayed of so many messages.
KEPT = 8
# So many messages have to agree, within a tolerance that covers clocks which count whole seconds.
AGREEING = 3
TOLERANCE_MS = 2_000
# A message that a device may have buffered is attributed to an outage if its lag is longer.
MAX_LAG_MS = 30_000


class Sample(NamedTuple):
    """What one message shows of its device's clock.

    Attributes:
        offset_ms: how far the message's time is ahead of its receipt.
        prompt: devices never buffer messages of this kind.
    """

    offset_ms: int
    prompt: bool


class Measured(NamedTuple):
    """What is stored of a device's clock.

    Attributes:
        offset_ms: how far it is ahead of ours; None until enough messages agree.
        recent: the offsets that the last messages showed, the newest last.
    """

    offset_ms: int | None
    recent: list[int]


def measure(before: Measured, samples: Sequence[Sample]) -> Measured:
    """Return the offset after further messages.

    Args:
        before: what was stored.
        samples: the oldest first.
    """
    lowest = min(before.offset_ms or 0, 0) - MAX_LAG_MS
    counted = [each.offset_ms for each in samples if each.prompt or each.offset_ms >= lowest]
    recent = [*before.recent, *counted][-KEPT:]
    offset, latest = _least_delayed(recent), recent[-AGREEING:]
    if offset is not None and _agree(latest) and offset - max(latest) > MAX_LAG_MS:
        # No network delays several messages alike for so long: the clock was set back.
        offset, recent = max(latest), latest
    return Measured(before.offset_ms if offset is None else offset, recent)


def keep_latest(samples: list[Sample], sample: Sample) -> list[Sample]:
    """Return the latest `AGREEING` samples of a few seconds.

    Messages that arrive together after an outage were delayed alike. They must not replace all that
    was measured before.
    """
    return [*samples, sample][-AGREEING:]


def _least_delayed(offsets: Sequence[int]) -> int | None:
    """Return the largest offset on which enough messages agree; None if they do on none."""
    ordered = sorted(offsets, reverse=True)
    groups = (ordered[nth : nth + AGREEING] for nth in range(len(ordered)))
    return next((group[0] for group in groups if _agree(group)), None)


def _agree(offsets: Sequence[int]) -> bool:
    return len(offsets) >= AGREEING and max(offsets) - min(offsets) <= TOLERANCE_MS
