"""Limits with growing delays: after some free attempts, each further one makes the next wait.

The counts are rows, so that all web processes share them and a restart resets none. What is
counted (an address, a user name, a plate) is stored as a keyed digest only.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils.crypto import salted_hmac

from core import clock
from core.models import RateLimit

_MAX_DOUBLINGS = 30
_FORGET_AFTER = timedelta(days=2)  # longer than any limit's window


@dataclass(frozen=True)
class Limit:
    """How often something may be tried.

    Attributes:
        code: what is counted; a stable identifier.
        free: attempts without a delay.
        first_s: the delay after the last of them, in seconds; it doubles with each further one.
        longest_s: the longest delay.
        window_s: seconds after the first attempt at which the count starts at zero again.
    """

    code: str
    free: int
    first_s: float
    longest_s: float
    window_s: float

    def delay(self, count: int) -> timedelta:
        """Return how long the next attempt has to wait after so many."""
        if count < self.free:
            return timedelta()
        doubled = self.first_s * 2 ** min(count - self.free, _MAX_DOUBLINGS)
        return timedelta(seconds=min(doubled, self.longest_s))

    def key(self, subject: str) -> str:
        """Return the key of the row that counts the subject's attempts."""
        return salted_hmac(f"core.rate_limits.{self.code}", subject).hexdigest()


class TooManyAttempts(Exception):  # noqa: N818 - an expected outcome, not a fault of the program
    """An attempt came too early; it was not counted.

    Attributes:
        wait_s: whole seconds until the next one is admitted.
    """

    def __init__(self, wait: timedelta) -> None:
        self.wait_s = max(1, ceil(wait.total_seconds()))
        super().__init__(f"admitted again in {self.wait_s} s")


@transaction.atomic
def count_attempt(*subjects: tuple[Limit, str]) -> dict[str, int]:
    """Count an attempt against all limits; return the counts by the limit's code.

    Raises:
        TooManyAttempts: one of the limits does not admit it yet.
    """
    rows = _locked_rows([limit.key(subject) for limit, subject in subjects])
    now = clock.now()
    wait = max(_wait(limit, rows[limit.key(subject)], now) for limit, subject in subjects)
    if wait > timedelta():
        raise TooManyAttempts(wait)
    counts = {}
    for limit, subject in subjects:
        row = rows[limit.key(subject)]
        if row.began_at + timedelta(seconds=limit.window_s) <= now:
            row.began_at, row.count = now, 0
        row.count += 1
        row.admits_at = now + limit.delay(row.count)
        counts[limit.code] = row.count
    RateLimit.objects.bulk_update(rows.values(), ["began_at", "count", "admits_at"])
    return counts


def forget_attempts(*subjects: tuple[Limit, str]) -> None:
    """Reset the counts, as after a success."""
    keys = [limit.key(subject) for limit, subject in subjects]
    RateLimit.objects.filter(key__in=keys).delete()


@transaction.atomic
def take_back_attempt(*subjects: tuple[Limit, str]) -> None:
    """Uncount an attempt that was no failure; the counts of others stay."""
    rows = _locked_rows([limit.key(subject) for limit, subject in subjects])
    now = clock.now()
    for row in rows.values():
        row.count, row.admits_at = max(row.count - 1, 0), now
    RateLimit.objects.bulk_update(rows.values(), ["count", "admits_at"])


def delete_old_counts() -> None:
    """Delete counts whose windows have ended."""
    RateLimit.objects.filter(began_at__lt=clock.now() - _FORGET_AFTER).delete()


def _wait(limit: Limit, row: RateLimit, now: datetime) -> timedelta:
    """Return how long an attempt has to wait.

    A row within the free attempts never delays: made by another machine, it may be a little ahead.
    """
    return row.admits_at - now if row.count >= limit.free else timedelta()


def _locked_rows(keys: list[str]) -> dict[str, RateLimit]:
    """Lock the rows of the keys, in one order for all callers; missing ones are made."""
    now = clock.now()
    new = [RateLimit(key=key, began_at=now, count=0, admits_at=now) for key in sorted(keys)]
    RateLimit.objects.bulk_create(new, ignore_conflicts=True)
    found = RateLimit.objects.select_for_update().filter(key__in=keys).order_by("key")
    return {row.key: row for row in found}
