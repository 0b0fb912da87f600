"""The hours of a site in which payers get no reminders; they may span midnight."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from billing.models import BillingSettings
from core import clock

# The end may not exist on a day on which clocks are put forward; the next day's then counts.
_DAYS = 3


def is_quiet(rules: BillingSettings, at: datetime) -> bool:
    """Return whether no messages are sent at a local time of the site."""
    begin, end, now = rules.quiet_from, rules.quiet_until, at.time()
    if begin <= end:
        return begin <= now < end
    return now >= begin or now < end


def quiet_until(rules: BillingSettings, at: datetime, timezone: str) -> datetime | None:
    """Return when messages may be sent again, as UTC; None where they may be sent at an instant.

    Args:
        at: the instant, aware.
        timezone: of the site. The hours are those that its clocks show: where these are put back,
            an hour that is shown twice is quiet twice.
    """
    if not is_quiet(rules, clock.local(at, timezone)):
        return None
    ends = (end for end in _ends(rules, at, timezone) if end > at)
    return min(end for end in ends if not is_quiet(rules, clock.local(end, timezone)))


def _ends(rules: BillingSettings, at: datetime, timezone: str) -> Iterator[datetime]:
    """Yield the instants of the next days at which clocks show the end, or would show it."""
    zone, today = clock.zone(timezone), clock.local(at, timezone).date()
    for days in range(_DAYS):
        day = today + timedelta(days=days)
        for fold in (0, 1):
            end = datetime.combine(day, rules.quiet_until, zone).replace(fold=fold)
            yield end.astimezone(UTC)
