"""Conditions on rows with a period: ``begins_at``, and ``ends_at``, which is null for no end."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from core import clock

#: Pages show and enter times in whole minutes.
ENTERED_TO = timedelta(minutes=1)


def not_ended() -> Q:
    """Return the condition for rows whose period has not ended."""
    return Q(ends_at=None) | Q(ends_at__gt=clock.now())


def during(begins_at: datetime, ends_at: datetime | None) -> Q:
    """Return the condition for rows whose period overlaps another, open-ended one if None."""
    begun = Q() if ends_at is None else Q(begins_at__lt=ends_at)
    return begun & (Q(ends_at=None) | Q(ends_at__gt=begins_at))


def begin_after(rows: QuerySet[Any], begins_at: datetime) -> datetime:
    """Return the beginning of a period, moved to the end of one that ended in the same minute.

    What was ended at 10:00:40 may be entered again from 10:00.
    """
    ended = rows.filter(ends_at__gt=begins_at, ends_at__lt=begins_at + ENTERED_TO)
    last = ended.filter(ends_at__lte=clock.now()).order_by("-ends_at").first()
    return last.ends_at if last is not None else begins_at
