"""Conditions on rows with a period.

A period of time has ``begins_at`` and ``ends_at``, one of days ``begins_on`` and ``ends_on``. It
holds until before its end; without an end if that is null.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from core import clock
from core.models import Site

#: Pages show and enter times in whole minutes.
ENTERED_TO = timedelta(minutes=1)


def not_ended() -> Q:
    """Return the condition for rows whose period has not ended."""
    return Q(ends_at=None) | Q(ends_at__gt=clock.now())


def during(begins_at: datetime, ends_at: datetime | None) -> Q:
    """Return the condition for rows whose period overlaps another, open-ended one if None."""
    begun = Q() if ends_at is None else Q(begins_at__lt=ends_at)
    return begun & (Q(ends_at=None) | Q(ends_at__gt=begins_at))


def today(site: Site) -> date:
    """Return the date at the site."""
    return clock.local(clock.now(), site.timezone).date()


def on_day(day: date) -> Q:
    """Return the condition for rows of days that hold on a day."""
    return Q(begins_on__lte=day) & lasting_after(day)


def lasting_after(day: date) -> Q:
    """Return the condition for rows of days that have not ended by a day, or begin later."""
    return Q(ends_on=None) | Q(ends_on__gt=day)


def sharing_days(begins_on: date, ends_on: date | None) -> Q:
    """Return the condition for rows of days that share one with another period."""
    begun = Q() if ends_on is None else Q(begins_on__lt=ends_on)
    return begun & lasting_after(begins_on)


def last_day(ends_on: date | None) -> date | None:
    """Return the last day of a period, as people enter and read it; None without an end."""
    return None if ends_on is None else ends_on - timedelta(days=1)


def ends_after(day: date | None) -> date | None:
    """Return the end of a period with that last day; None for no end."""
    return None if day is None else day + timedelta(days=1)


def begin_after(rows: QuerySet[Any], begins_at: datetime) -> datetime:
    """Return the beginning of a period, moved to the end of one that ended in the same minute.

    What was ended at 10:00:40 may be entered again from 10:00.
    """
    ended = rows.filter(ends_at__gt=begins_at, ends_at__lt=begins_at + ENTERED_TO)
    last = ended.filter(ends_at__lte=clock.now()).order_by("-ends_at").first()
    return last.ends_at if last is not None else begins_at
