"""When a failed attempt is repeated: first after listed delays, then at intervals."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Stage:
    """An interval that is used until an age; the last stage goes on for ever.

    Attributes:
        every_s: seconds between two attempts.
        until_s: how long after the first failure.
    """

    every_s: float
    until_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The delays after each of the first failures in seconds, and the stages after them."""

    first_s: tuple[float, ...]
    then: tuple[Stage, ...]

    def delay(self, failures: int, failing_for: timedelta) -> timedelta:
        """Return how long to wait after a failure.

        Args:
            failures: how many there were, from 1.
            failing_for: the time since the first of them.
        """
        if failures <= len(self.first_s):
            return timedelta(seconds=self.first_s[max(failures, 1) - 1])
        age = failing_for.total_seconds()
        stage = next((each for each in self.then if age < each.until_s), self.then[-1])
        return timedelta(seconds=stage.every_s)


#: For mails and the like: 5 s up to 6 h, without an end.
GROWING = Schedule((5, 30, 120, 600, 1800, 7200), (Stage(21_600),))
