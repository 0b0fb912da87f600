"""How many late records of a camera are handled together, while cars arrive at other lanes."""

import time

# The first few records of a batch take most of its time: fewer than these are hardly faster.
FEWEST, MOST = 10, 100
# Seconds that a batch should take, since a car that arrives meanwhile waits for it; less where one
# came within the last few seconds, so that the next one is expected.
BESIDE_CARS_S, ALONE_S, EXPECTED_S = 0.05, 0.1, 5.0
# In a batch that takes longer than this each record takes long, so that fewer are handled together.
SLOW_S = 0.2


class RecordBatches:
    """The size of the next batch, by what the batches before it took.

    Attributes:
        size: the most records of the next batch.
    """

    def __init__(self) -> None:
        self.size = self._fewest = FEWEST
        self._last_car = float("-inf")

    def note_car(self) -> None:
        """Note that a car has just been decided about."""
        self._last_car = time.monotonic()

    def note_batch(self, number: int, seconds: float) -> None:
        """Adapt the size to a batch of so many records that took so long.

        It shrinks at once and grows step by step, since a single batch may have been an easy one.
        """
        is_beside_cars = time.monotonic() < self._last_car + EXPECTED_S
        should_take = BESIDE_CARS_S if is_beside_cars else ALONE_S
        if seconds > SLOW_S:
            self._fewest = max(number // 2, 1)
        elif seconds < SLOW_S / 2 and number >= self._fewest:
            self._fewest = min(2 * self._fewest, FEWEST)
        fit = int(number * should_take / max(seconds, 1e-6))
        self.size = max(min(fit, number + number // 2, MOST), self._fewest)
