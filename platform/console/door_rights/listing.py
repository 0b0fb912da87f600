"""The list of rights at doors, and withdrawing several at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from console.right_cells import right_holder
from core import clock
from core.models import Site, User
from doors import granting
from doors.admission import with_holders
from doors.holders import name_of
from doors.models import Right, TimeProfile
from doors.permissions import DoorPermission
from doors.topics import RIGHT
from estate.models import DoorGroup
from estate.permissions import EstatePermission
from ui.forms import ReasonForm
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, history_of, link, shows_moment, state

_MANAGE = DoorPermission.MANAGE_RIGHTS
_NOW, _LASTING, _ENDED = "now", "lasting", "ended"


class RightFilter(ListFilter):
    """Filters of rights."""

    private = frozenset({"q"})

    q = search_filter(_("Person, company, unit or building"))
    who = choice_filter(pgettext_lazy("whose right", "For"), Right.Who.choices)
    group = choice_filter(_("Group of doors"))
    profile = choice_filter(_("Time profile"))
    origin = choice_filter(_("Origin"), Right.Origin.choices)
    state = choice_filter(
        _("State"),
        [(_LASTING, _("not ended")), (_NOW, _("in force")), (_ENDED, _("ended"))],
    )

    def set_choices(self, site: Site) -> None:
        """Offer the site's groups and time profiles."""
        groups = DoorGroup.objects.filter(site=site).order_by("name")
        profiles = TimeProfile.objects.filter(site=site).order_by("name")
        self.offer("group", [(str(each.pk), each.name) for each in groups])
        self.offer("profile", [(str(each.pk), each.name) for each in profiles])


def _rights(site: Site) -> QuerySet[Right]:
    return with_holders(Right.objects.filter(site=site))


def _matching(_site: Site, rows: QuerySet[Right], text: str) -> QuerySet[Right]:
    building, dash, unit = text.partition("-")
    found = Q(person__name__icontains=text) | Q(company__name__icontains=text)
    found |= Q(building__name__icontains=text) | Q(building__code=text)
    if dash:
        found |= Q(unit__building__code=building.strip(), unit__code__istartswith=unit.strip())
    else:
        found |= Q(unit__code__istartswith=text)
    return rows.filter(found)


def _in_state(_site: Site, rows: QuerySet[Right], value: str) -> QuerySet[Right]:
    now = clock.now()
    lasting = Q(ends_at=None) | Q(ends_at__gt=now)
    if value == _ENDED:
        return rows.exclude(lasting)
    return rows.filter(lasting, begins_at__lte=now) if value == _NOW else rows.filter(lasting)


def _state(right: Right) -> tuple[Any, str]:
    now = clock.now()
    if right.ends_at is not None and right.ends_at <= now:
        return _("ended"), ""
    return (_("in force"), "go") if right.begins_at <= now else (_("not begun"), "wait")


def _group(right: Right, page: RowPage) -> object:
    if EstatePermission.MANAGE_PLACES not in page.permissions:
        return right.group.name
    return link(page.address("console:place_door_group", right.group_id), right.group.name)


def _profile(right: Right, page: RowPage) -> object:
    if right.profile is None:
        return _("at any time")
    return link(page.address("console:time_profile", right.profile.pk), right.profile.name)


def _acts(right: Right, page: RowPage) -> object:
    shown: list[object] = []
    if right.ends_at is None or right.ends_at > clock.now():
        shown.append(dialog_button(page.address("console:end_door_right", right.pk), _("Withdraw")))
    if right.who != Right.Who.PERSON:
        address = page.address("console:people_of_door_right", right.pk)
        shown.append(link(address, _("People"), "btn btn-quiet btn-small"))
    shown.append(history_of(page, "door_right", right.pk))
    return format_html_join("", "{}", ((each,) for each in shown))


def _withdraw(
    _site: Site, actor: User, rows: Sequence[Right], data: Mapping[str, Any]
) -> Mapping[int, Any]:
    """Withdraw the rights that have not ended."""
    now = clock.now()
    ended = {}
    for right in rows:
        if right.ends_at is None or right.ends_at > now:
            key = right.pk
            granting.end_right(right, actor, reason=data["reason"])
            ended[key] = True
    return ended


RIGHTS = Listing(
    name="door_rights",
    title=_("Rights at doors"),
    rows=_rights,
    columns=(
        Column("holder", pgettext_lazy("whose right", "For"), name_of, fixed=True),
        Column("group", _("Group of doors"), lambda right: right.group.name),
        Column(
            "profile",
            pgettext_lazy("of the day", "Times"),
            lambda right: right.profile and right.profile.name,
        ),
        Column("begins", _("From"), lambda right: right.begins_at, sort="begins_at"),
        Column("ends", _("Until"), lambda right: right.ends_at),
        Column("state", _("State"), lambda right: _state(right)[0]),
        Column("origin", _("Origin"), lambda right: right.get_origin_display()),
        Column("reason", _("Reason"), lambda right: right.reason, prose=True),
        Column("by", _("Granted by"), lambda right: right.granted_by),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "holder": right_holder,
        "group": _group,
        "profile": _profile,
        "begins": shows_moment(lambda right: right.begins_at),
        "ends": shows_moment(lambda right: right.ends_at),
        "state": lambda right, _page: state(*_state(right)),
        "acts": _acts,
    },
    sort="-begins",
    filters=RightFilter,
    lookups={
        "q": _matching,
        "who": "who",
        "group": "group",
        "profile": "profile",
        "origin": "origin",
        "state": _in_state,
    },
    first_query={"state": _LASTING},
    presets=(
        Preset(_("Not ended"), {"state": _LASTING}),
        Preset(_("Of single people"), {"state": _LASTING, "who": Right.Who.PERSON}),
        Preset(pgettext_lazy("rights", "Ended"), {"state": _ENDED}),
        Preset(_("All"), {}),
    ),
    actions=(
        BulkAction(
            name="withdraw",
            label=_("Withdraw"),
            permission=_MANAGE,
            question=lambda n: (
                ngettext("Withdraw %(n)s right", "Withdraw %(n)s rights", n) % {"n": n}
            ),
            consequence=_("From now on they open no door."),
            perform=_withdraw,
            form=ReasonForm,
            done=lambda n: (
                ngettext("%(n)s right withdrawn.", "%(n)s rights withdrawn.", n) % {"n": n}
            ),
            tone="danger-soft",
        ),
    ),
    actions_url="console:bulk_door_rights",
    topics=(RIGHT.name,),
    empty=_(
        "Who may enter which doors belongs here: residents of a building at its entrance, staff of"
        " a company at its floor. Grant the first right."
    ),
    first_step=FirstStep(_("Grant a right"), "console:grant_door_right", _MANAGE),
)
