"""Quiet hours: when they end, by the clock of a site."""

from datetime import datetime, time, timedelta

from core import clock


def quiet_until(at: datetime, begins: time, ends: time, timezone: str) -> datetime | None:
    """Return when the quiet hours around an instant end, as aware UTC; None outside of them.

    Args:
        begins, ends: local times; hours that end before they begin pass midnight.
        timezone: an IANA name.
    """
    local = clock.local(at, timezone)
    now = local.time()
    passes_midnight = ends < begins
    is_quiet = (now >= begins or now < ends) if passes_midnight else begins <= now < ends
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if passes_midnight and now >= begins else 0)
    end = datetime.combine(day, ends, clock.zone(timezone)).astimezone(at.tzinfo)
    # Where clocks are put back, the end may lie in the hour that is repeated.
    return max(end, at)
