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
from incidents import selectors, services
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


def _state(entry: WatchEntry) -> object:
    if entry.ends_at <= clock.now():
        return _("ended")
    return _("waiting for approval") if entry.approved_by_id is None else _("approved")


def _shown_state(entry: WatchEntry, _page: RowPage) -> SafeString:
    """Return the state with who approved the entry, or who waits for the approval."""
    if entry.ends_at <= clock.now():
        return state(_("ended"))
    if entry.approved_by is not None:
        return _by(state(_("in force"), "go"), entry.approved_by)
    return _by(state(_("waiting for approval"), "wait"), entry.created_by)


def _by(shown: SafeString, user: User) -> SafeString:
    return format_html('{} <span class="small muted">{}</span>', shown, user.get_username())


def _acts(entry: WatchEntry, page: RowPage) -> SafeString:
    buttons: list[str] = []
    if entry.ends_at > clock.now():
        if entry.approved_by_id is None and entry.created_by_id != page.user.pk:
            address = page.address("console:approve_watch", entry.pk)
            buttons.append(dialog_button(address, _("Approve"), "btn-plain"))
        buttons.append(dialog_button(page.address("console:end_watch", entry.pk), _("End")))
    buttons.append(history_of(page, "watch", entry.pk))
    return format_html_join("", "{}", ((each,) for each in buttons))


def _end(_site: Site, actor: User, rows: Sequence[WatchEntry], data: Mapping[str, Any]) -> Changes:
    return services.end_watch_entries(rows, actor, data["reason"])


WATCH_LIST = Listing(
    name="watch_list",
    title=_("Watch-list"),
    rows=selectors.watch_entries,
    columns=(
        Column("plate", _("Plate"), lambda entry: entry.plate, fixed=True),
        Column("basis", _("Legal basis"), lambda entry: entry.get_legal_basis_display()),
        Column("document", _("Document"), lambda entry: entry.document_no),
        Column("org", _("Requested by"), lambda e: f"{e.requesting_org}, {e.requesting_officer}"),
        Column("begins", _("From"), lambda entry: entry.begins_at, sort="begins_at"),
        Column("ends", _("Until"), lambda entry: entry.ends_at, sort="ends_at"),
        Column("state", _("State"), _state),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "plate": lambda entry, _page: plate(entry.plate),
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
