"""The list of visitors: columns, filters, and what can be done about each."""

from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from access.models import VisitorPass
from console.visitors.plates import PERMISSION, takes_plate
from core.models import Site
from core.plates import fold
from doors.permissions import DoorPermission
from doors.topics import VISIT
from doors.visits import selectors
from ui.lists import (
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, in_two_lines, link, shows_moment, state
from ui.templatetags.gatehouse import plate

_TODAY, _WAITING, _INSIDE, _OVERDUE = "today", "waiting", "inside", "overdue"
_LATER = "later"
_STATES = [
    (_TODAY, _("today")),
    (_WAITING, _("waiting for approval")),
    (_INSIDE, pgettext_lazy("of a visitor", "inside")),
    (_OVERDUE, pgettext_lazy("of a visitor", "overdue")),
    (_LATER, _("after today")),
]


class VisitFilter(ListFilter):
    """Filters of visitors."""

    private = frozenset({"q"})

    q = search_filter(_("Name, plate or unit"))
    state = choice_filter(_("State"), _STATES)
    reason = choice_filter(_("Reason of the visit"), VisitorPass.Reason.choices)


def state_of(visit: VisitorPass) -> SafeString:
    """Return the state of a visit as a coloured label."""
    if visit.is_overdue:
        return state(pgettext_lazy("of a visitor", "overdue"), "stop")
    if visit.entered_at is not None:
        return state(pgettext_lazy("of a visitor", "inside"), "go")
    if visit.cancelled_at is not None:
        return state(_("cancelled"))
    if visit.is_waiting:
        return state(_("see the guard") if visit.needs_guard else _("waiting for approval"), "wait")
    if visit.state == visit.State.DECLINED:
        return state(visit.get_state_display())
    if visit.left_at is not None:
        return state(pgettext_lazy("of a visitor", "left"))
    return state(pgettext_lazy("of a visitor", "expected") if visit.is_open else _("expired"))


def _matching(_site: Site, rows: QuerySet[VisitorPass], text: str) -> QuerySet[VisitorPass]:
    named = Q(visitor_name__icontains=text) | Q(host__name__icontains=text)
    building, _dash, unit = text.rpartition("-")
    there = Q(unit__code__iexact=unit)
    if building:
        there &= Q(unit__building__code__iexact=building)
    folded = fold(text)
    return rows.filter(named | there | (Q(folded__contains=folded) if folded else Q(pk=None)))


def _in_state(site: Site, rows: QuerySet[VisitorPass], wanted: str) -> QuerySet[VisitorPass]:
    return rows.filter(
        {
            _TODAY: lambda: selectors.is_today(site),
            _WAITING: selectors.is_waiting,
            _INSIDE: selectors.is_inside,
            _OVERDUE: selectors.is_overdue,
            _LATER: lambda: selectors.is_later(site),
        }[wanted]()
    )


def _name(visit: VisitorPass, page: RowPage) -> SafeString:
    name = visit.visitor_name or visit.plate or _("deleted")
    return in_two_lines(
        link(page.address("console:visit", visit.pk), name), visit.get_reason_display()
    )


def _plate(visit: VisitorPass, page: RowPage) -> object:
    """Return the plate, with the button that sets it until somebody has come in."""
    shown = plate(visit.plate) if visit.plate else ""
    if not takes_plate(visit) or PERMISSION not in page.permissions:
        return shown
    label = _("Change plate") if visit.plate else _("Enter plate")
    return format_html(
        "{} {}", shown, dialog_button(page.address("console:visitor_plate", visit.pk), label)
    )


def _place(visit: VisitorPass) -> str:
    return str(visit.unit or visit.company or "")


def _acts(visit: VisitorPass, page: RowPage) -> object:
    if DoorPermission.MANAGE_VISITORS not in page.permissions:
        return ""
    acts: list[tuple[str, object]] = []
    if visit.is_waiting:
        acts = [
            ("approve_visit", _("Approve")),
            ("decline_visit", pgettext_lazy("a visitor", "Decline")),
        ]
    elif visit.entered_at is not None:
        acts = [
            ("visitor_left", pgettext_lazy("a visitor", "Has left")),
            ("extend_visit", _("Extend")),
        ]
    elif visit.is_open:
        acts = [("extend_visit", _("Extend")), ("end_visit", pgettext_lazy("a visit", "End"))]
    shown = [
        dialog_button(page.address(f"console:{name}", visit.pk), str(label)) for name, label in acts
    ]
    return format_html_join("", "{}", ((each,) for each in shown))


VISITS = Listing(
    name="visits",
    title=_("Visitors"),
    rows=selectors.visits,
    columns=(
        Column("visitor", _("Visitor"), lambda visit: visit.visitor_name, fixed=True),
        Column("plate", _("Plate"), lambda visit: visit.plate),
        Column("place", pgettext_lazy("of a visitor", "To"), _place),
        Column("host", _("Invited by"), lambda visit: str(visit.host or "")),
        Column("begins", _("From"), lambda visit: visit.begins_at, sort="begins_at"),
        Column("ends", _("Until"), lambda visit: visit.ends_at),
        Column(
            "entries",
            _("Entries"),
            lambda visit: f"{visit.entries_used} / {visit.entries_allowed}",
            numeric=True,
        ),
        Column("entered", _("Arrived"), lambda visit: visit.entered_at),
        Column("state", _("State"), state_of),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "visitor": _name,
        "plate": _plate,
        "begins": shows_moment(lambda visit: visit.begins_at),
        "ends": shows_moment(lambda visit: visit.ends_at),
        "entered": shows_moment(lambda visit: visit.entered_at),
        "state": lambda visit, _page: state_of(visit),
        "acts": _acts,
    },
    sort="-begins",
    filters=VisitFilter,
    lookups={"q": _matching, "state": _in_state, "reason": "reason"},
    first_query={"state": _TODAY},
    presets=(
        Preset(_("Today"), {"state": _TODAY}),
        Preset(_("Waiting for approval"), {"state": _WAITING}),
        Preset(pgettext_lazy("visitors", "Inside"), {"state": _INSIDE}),
        Preset(pgettext_lazy("visitors", "Overdue"), {"state": _OVERDUE}),
        Preset(_("After today"), {"state": _LATER}),
        Preset(_("All"), {}),
    ),
    topics=(VISIT.name,),
    empty=_("No visitors. Residents invite them in the portal, and the guard registers them here."),
    first_step=FirstStep(
        _("Register a visitor"), "console:issue_visit", DoorPermission.MANAGE_VISITORS
    ),
)
