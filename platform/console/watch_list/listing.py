"""The watch-list: columns, filters, and ending several entries at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import clock
from core.models import Site, User
from core.undo import Changes
from incidents import selectors, services, watch_hits
from incidents.models import WatchEntry
from incidents.permissions import IncidentPermission
from ui.forms import LocalTime, ReasonForm
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    folded_plate,
    search_filter,
)
from ui.lists.cells import (
    RowPage,
    dialog_button,
    history_of,
    in_two_lines,
    link,
    shows_moment,
    state,
)
from ui.templatetags.gatehouse import plate

_CURRENT, _APPROVED, _WAITING, _ENDED = "current", "approved", "waiting", "ended"


class WatchFilter(ListFilter):
    """Filters of the watch-list."""

    private = frozenset({"q"})

    q = search_filter(_("Plate"))
    basis = choice_filter(_("Legal basis"), WatchEntry.Basis.choices)
    state = choice_filter(
        _("State"),
        [
            (_CURRENT, _("not ended")),
            (_APPROVED, _("approved")),
            (_WAITING, _("waiting for approval")),
            (_ENDED, _("ended")),
        ],
    )
    since = LocalTime(label=_("Valid from"), required=False)
    until = LocalTime(label=_("Valid before"), required=False)


def _in_state(_site: Site, rows: QuerySet[WatchEntry], wanted: str) -> QuerySet[WatchEntry]:
    if wanted == _ENDED:
        return rows.filter(ends_at__lte=clock.now())
    rows = rows.filter(ends_at__gt=clock.now())
    return rows if wanted == _CURRENT else rows.filter(approved_by__isnull=wanted == _WAITING)


def state_of(entry: WatchEntry) -> SafeString:
    """Return the state of an entry as a coloured label."""
    if entry.ends_at <= clock.now():
        return state(_("ended early") if entry.end_reason else _("ended"))
    if entry.approved_by_id is None:
        return state(_("waiting for approval"), "wait")
    if entry.begins_at > clock.now():
        return state(_("approved, begins later"))
    return state(_("in force"), "go")


def may_approve(entry: WatchEntry, user: User) -> bool:
    """Return whether the person may approve the entry."""
    waits = entry.approved_by_id is None and entry.ends_at > clock.now()
    return waits and entry.created_by_id != user.pk


def may_renew(entry: WatchEntry) -> bool:
    """Return whether the entry can be renewed, as far as its row says."""
    return entry.approved_by_id is not None and bool(entry.plate) and not entry.end_reason


def _state(entry: WatchEntry) -> object:
    if entry.ends_at <= clock.now():
        return _("ended")
    return _("waiting for approval") if entry.approved_by_id is None else _("approved")


def _shown_state(entry: WatchEntry, _page: RowPage) -> SafeString:
    """Return the state with who approved the entry, or who waits for the approval."""
    user = entry.approved_by or entry.created_by
    if entry.ends_at <= clock.now() or user is None:
        return state_of(entry)
    return format_html('{} <span class="small muted">{}</span>', state_of(entry), user)


def _linked_plate(entry: WatchEntry, page: RowPage) -> SafeString:
    shown = plate(entry.plate) if entry.plate else _("deleted")
    return link(page.address("console:watch_entry", entry.pk), shown)


def _hits(entry: WatchEntry) -> str:
    """Return how many hits were confirmed, of those that were reviewed."""
    hits = watch_hits.hits_of(entry)
    if not hits.total:
        return ""
    values = {"total": hits.total, "confirmed": hits.confirmed, "false": hits.false}
    return _("%(total)s: %(confirmed)s confirmed, %(false)s false") % values


def _acts(entry: WatchEntry, page: RowPage) -> SafeString:
    buttons: list[str] = []
    if may_approve(entry, page.user):
        address = page.address("console:approve_watch", entry.pk)
        buttons.append(dialog_button(address, _("Approve"), "btn-plain"))
    if entry.ends_at > clock.now():
        buttons.append(dialog_button(page.address("console:end_watch", entry.pk), _("End")))
    buttons.append(history_of(page, "watch", entry.pk))
    return format_html_join("", "{}", ((each,) for each in buttons))


def _end(_site: Site, actor: User, rows: Sequence[WatchEntry], data: Mapping[str, Any]) -> Changes:
    return services.end_watch_entries(rows, actor, data["reason"])


WATCH_LIST = Listing(
    name="watch_list",
    title=_("Watch-list"),
    rows=lambda site: watch_hits.with_hits(selectors.watch_entries(site)),
    columns=(
        Column("plate", _("Plate"), lambda entry: entry.plate, fixed=True),
        Column("basis", _("Legal basis"), lambda entry: entry.get_legal_basis_display()),
        Column("document", _("Document"), lambda entry: entry.document_no, exported=True),
        Column("org", _("Requested by"), lambda e: f"{e.requesting_org}, {e.requesting_officer}"),
        Column("begins", _("From"), lambda entry: entry.begins_at, sort="begins_at"),
        Column("ends", _("Until"), lambda entry: entry.ends_at, sort="ends_at"),
        Column("state", _("State"), _state),
        Column("hits", _("Hits"), _hits),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "plate": _linked_plate,
        "basis": lambda entry, _page: in_two_lines(
            entry.get_legal_basis_display(), entry.document_no
        ),
        "org": lambda entry, _page: in_two_lines(entry.requesting_org, entry.requesting_officer),
        "begins": shows_moment(lambda entry: entry.begins_at),
        "ends": shows_moment(lambda entry: entry.ends_at),
        "state": _shown_state,
        "acts": _acts,
    },
    sort="-begins",
    filters=WatchFilter,
    lookups={
        "q": folded_plate,
        "basis": "legal_basis",
        "state": _in_state,
        "since": "ends_at__gt",
        "until": "begins_at__lt",
    },
    first_query={"state": _CURRENT},
    presets=(
        Preset(_("In force or waiting"), {"state": _CURRENT}),
        Preset(
            _("Waiting for approval"),
            {"state": _WAITING},
            selectors.waiting_for_approval,
        ),
        Preset(_("Ended"), {"state": _ENDED}),
        Preset(_("All"), {}),
    ),
    actions=(
        BulkAction(
            name="end",
            label=_("End now"),
            permission=IncidentPermission.MANAGE_WATCH_LIST,
            question=lambda n: (
                ngettext("End %(n)s watch-list entry", "End %(n)s watch-list entries", n) % {"n": n}
            ),
            consequence=_("Their plates raise no more incidents. The reason is kept with each."),
            perform=_end,
            form=ReasonForm,
            done=lambda n: ngettext("%(n)s entry ended.", "%(n)s entries ended.", n) % {"n": n},
            tone="danger-soft",
        ),
    ),
    actions_url="console:bulk_watch",
    empty=_("No watch-list entries yet. Add a plate that the police or a court looks for."),
    first_step=FirstStep(_("Add plate"), "console:add_watch", IncidentPermission.MANAGE_WATCH_LIST),
)
