"""The list of time profiles, and adding holidays to several at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from console.time_profiles.forms import ExceptionForm, plain_exception
from core import clock
from core.models import Site, User
from core.undo import Changes
from doors import time_profiles
from doors.models import OpenHours, Right, TimeProfile
from doors.permissions import DoorPermission
from doors.profile_texts import weekly_text
from doors.topics import RIGHT
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
from ui.lists.cells import link

_MANAGE = DoorPermission.MANAGE_RIGHTS


class ProfileFilter(ListFilter):
    """Filters of time profiles."""

    q = search_filter(_("Name"))
    used = choice_filter(_("Used"), [("yes", _("by rights or doors")), ("no", _("by nothing"))])


def _profiles(site: Site) -> QuerySet[TimeProfile]:
    lasting = Q(rights__ends_at=None) | Q(rights__ends_at__gt=clock.now())
    rows = TimeProfile.objects.filter(site=site).select_related("site")
    return rows.annotate(
        rights_now=Count("rights", filter=lasting, distinct=True),
        doors_now=Count("open_doors", distinct=True),
    )


def _used(_site: Site, rows: QuerySet[TimeProfile], value: str) -> QuerySet[TimeProfile]:
    used = Q(Exists(Right.objects.filter(profile=OuterRef("pk"))))
    used |= Q(Exists(OpenHours.objects.filter(profile=OuterRef("pk"))))
    return rows.filter(used if value == "yes" else ~used)


def _times(profile: TimeProfile) -> str:
    return weekly_text(time_profiles.as_profile(profile, profile.site.timezone))


def _add_days(
    _site: Site, actor: User, rows: Sequence[TimeProfile], data: Mapping[str, Any]
) -> Changes:
    return time_profiles.add_exception(rows, actor, plain_exception(data))


PROFILES = Listing(
    name="time_profiles",
    title=_("Time profiles"),
    rows=_profiles,
    columns=(
        Column("name", _("Name"), lambda profile: profile.name, sort="name", fixed=True),
        Column("times", pgettext_lazy("of the day", "Times"), _times, prose=True),
        Column("days", _("Other days"), lambda profile: len(profile.exceptions), numeric=True),
        Column("first", _("First day"), lambda profile: profile.first_on),
        Column("last", _("Last day"), lambda profile: profile.last_on),
        Column("rights", _("Rights"), lambda profile: profile.rights_now, numeric=True),
        Column("doors", _("Open doors"), lambda profile: profile.doors_now, numeric=True),
    ),
    cells={
        "name": lambda row, page: link(page.address("console:time_profile", row.pk), row.name),
    },
    sort="name",
    filters=ProfileFilter,
    lookups={"q": containing("name"), "used": _used},
    presets=(Preset(_("All"), {}), Preset(pgettext_lazy("time profile", "Unused"), {"used": "no"})),
    actions=(
        BulkAction(
            name="days",
            label=_("Add holidays"),
            permission=_MANAGE,
            question=lambda n: (
                ngettext(
                    "Add holidays to %(n)s time profile", "Add holidays to %(n)s time profiles", n
                )
                % {"n": n}
            ),
            consequence=_("On these days the times that you enter here hold instead."),
            perform=_add_days,
            form=ExceptionForm,
            done=lambda n: (
                ngettext("%(n)s time profile changed.", "%(n)s time profiles changed.", n)
                % {"n": n}
            ),
            undo=time_profiles.restore_exceptions,
        ),
    ),
    actions_url="console:bulk_time_profiles",
    topics=(RIGHT.name,),
    empty=_(
        "When rights hold belongs here, such as office hours or cleaning times. A right without a"
        " time profile holds at any time."
    ),
)
