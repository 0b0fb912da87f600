"""The watch-list: columns, filters, and ending several entries at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
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


def _in_state(_site: Site, rows: QuerySet[WatchEntry], state: str) -> QuerySet[WatchEntry]:
    if state == _ENDED:
        return rows.filter(ends_at__lte=clock.now())
    rows = rows.filter(ends_at__gt=clock.now())
    return rows if state == _CURRENT else rows.filter(approved_by__isnull=state == _WAITING)


def _state(entry: WatchEntry) -> object:
    if entry.ends_at <= clock.now():
        return _("ended")
    return _("waiting for approval") if entry.approved_by_id is None else _("approved")


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
    row_template="console/watch_list/row.html",
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
    prepare=lambda rows: [{"row": row, "ended": row.ends_at <= clock.now()} for row in rows],
    empty=_("No watch-list entries yet. Add a plate that the police or a court looks for."),
    first_step=FirstStep(_("Add plate"), "console:add_watch", IncidentPermission.MANAGE_WATCH_LIST),
)
