"""Fill the site's calendar, and read it."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, live
from core.errors import Rejection
from core.models import Site
from estate.models import CalendarDay
from estate.services.common import Actor, validate
from estate.topics import CALENDAR

#: No public holidays are longer.
MOST_DAYS = 31


def calendar_of(site: Site) -> dict[date, int | None]:
    """Return as which day of the week each day of the calendar counts; None is a holiday."""
    return dict(CalendarDay.objects.filter(site=site).values_list("day", "weekday"))


@transaction.atomic
def add_days(
    site: Site, actor: Actor, *, name: str, first: date, last: date, weekday: int | None = None
) -> list[CalendarDay]:
    """Add a day, or several in a row, to the calendar of a site.

    Args:
        weekday: as which day of the week they count, 0 (Monday) to 6; None for holidays.

    Raises:
        Rejection: a value is malformed, or the calendar has one of the days.
    """
    if last < first:
        raise Rejection(
            "last", "end_before_begin", _("the end is before the start"), _("choose a later end")
        )
    count = (last - first).days + 1
    if count > MOST_DAYS:
        raise Rejection(
            "last",
            "too_many",
            _("%(days)s days are too many at once") % {"days": count},
            _("add at most %(most)s days in a row") % {"most": MOST_DAYS},
        )
    days = [first + timedelta(days=number) for number in range(count)]
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    _require_free(site, days)
    rows = [CalendarDay(site=site, day=day, name=name.strip(), weekday=weekday) for day in days]
    validate(rows[0], ["name"])
    CalendarDay.objects.bulk_create(rows)
    span = {"first": first.isoformat(), "last": last.isoformat()}
    _record(site, actor, "add days to calendar", name=name.strip(), **span)
    return rows


@transaction.atomic
def remove_days(site: Site, actor: Actor, rows: Iterable[CalendarDay]) -> list[int]:
    """Remove days from the calendar of a site; return the keys of those that were there."""
    found = CalendarDay.objects.filter(site=site, pk__in=[row.pk for row in rows])
    days = list(found.select_for_update().order_by("day"))
    if days:
        found.delete()
        names = [day.day.isoformat() for day in days]
        _record(site, actor, "remove days from calendar", dates=names)
    return [day.pk for day in days]


def _require_free(site: Site, days: list[date]) -> None:
    taken = CalendarDay.objects.filter(site=site, day__in=days).order_by("day").first()
    if taken is not None:
        raise Rejection(
            "first",
            "already_used",
            _("%(day)s is in the calendar: %(name)s")
            % {"day": taken.day.isoformat(), "name": taken.name},
            _("remove it first, or leave it out"),
        )


def _record(site: Site, actor: Actor, action: str, **detail: object) -> None:
    audit.record(site, actor, action, ("site", site.pk), **detail)
    live.announce(CALENDAR, site.pk)
