"""The list of the calendar's days."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from estate import calendar
from estate.models import CalendarDay
from estate.permissions import EstatePermission
from estate.topics import CALENDAR
from people.periods import today
from ui.forms import PlainForm
from ui.lists import (
    BulkAction,
    Column,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    containing,
    search_filter,
)

_MANAGE = EstatePermission.MANAGE_PLACES


class DayFilter(ListFilter):
    """Filters of the calendar's days."""

    q = search_filter(_("Name"))
    when = choice_filter(_("When"), [("ahead", _("from today on")), ("past", _("past"))])


def _days(site: Site) -> QuerySet[CalendarDay]:
    return CalendarDay.objects.filter(site=site)


def _when(site: Site, rows: QuerySet[CalendarDay], value: str) -> QuerySet[CalendarDay]:
    ahead = {"day__gte": today(site)}
    return rows.filter(**ahead) if value == "ahead" else rows.exclude(**ahead)


def _counts_as(day: CalendarDay) -> str:
    return gettext("holiday") if day.weekday is None else str(WEEKDAYS[day.weekday])


def _remove(
    site: Site, actor: User, rows: Sequence[CalendarDay], _data: Mapping[str, Any]
) -> Mapping[int, Any]:
    return dict.fromkeys(calendar.remove_days(site, actor, rows))


DAYS = Listing(
    name="calendar",
    title=_("Holidays"),
    rows=_days,
    columns=(
        Column("day", pgettext_lazy("a date", "Day"), lambda day: day.day, sort="day", fixed=True),
        Column("on", _("Day of the week"), lambda day: str(WEEKDAYS[day.day.weekday()])),
        Column("name", _("Name"), lambda day: day.name, prose=True),
        Column("counts_as", _("Counts as"), _counts_as),
    ),
    sort="day",
    filters=DayFilter,
    lookups={"q": containing("name"), "when": _when},
    presets=(
        Preset(_("From today on"), {"when": "ahead"}),
        Preset(pgettext_lazy("days", "All"), {}),
    ),
    actions=(
        BulkAction(
            name="remove",
            label=pgettext_lazy("place", "Remove"),
            permission=_MANAGE,
            question=lambda n: ngettext("Remove %(n)s day", "Remove %(n)s days", n) % {"n": n},
            consequence=_("Time profiles go by the day of the week again."),
            perform=_remove,
            form=PlainForm,
            done=lambda n: ngettext("%(n)s day removed.", "%(n)s days removed.", n) % {"n": n},
            tone="danger-soft",
        ),
    ),
    actions_url="console:bulk_calendar",
    topics=(CALENDAR.name,),
    empty=_(
        "Public holidays belong here, and days off that are working days to make up for them. Time"
        " profiles that say what holds on holidays go by them."
    ),
)
