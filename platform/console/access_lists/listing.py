"""The allow and block list, residents' cars and visitor passes, as lists."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from access import lists, selectors
from access.models import AccessListEntry, VisitorPass
from access.permissions import AccessPermission
from console.holder_cells import holder
from core import clock
from core.models import Site, User
from core.undo import Changes
from people import selectors as people
from people import services as register
from people.periods import not_ended
from ui.forms import ConfirmForm, LocalTime
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Lookup,
    Preset,
    choice_filter,
    folded_plate,
    search_filter,
)
from ui.lists.cells import (
    Cell,
    RowPage,
    dialog_button,
    history_of,
    shows_moment,
    state,
)
from ui.templatetags.gatehouse import moment, plate

_CURRENT, _ENDED = "current", "ended"
_KINDS = dict(AccessListEntry.Kind.choices)


class PlateFilter(ListFilter):
    """Filters of rows with a plate and a period."""

    private = frozenset({"q"})

    q = search_filter(_("Plate"))
    state = choice_filter(_("State"), [(_CURRENT, _("not ended")), (_ENDED, _("ended"))])
    since = LocalTime(label=_("Valid from"), required=False)
    until = LocalTime(label=_("Valid before"), required=False)


class EntryFilter(PlateFilter):
    """Filters of the allow and block list."""

    kind = choice_filter(_("List"), AccessListEntry.Kind.choices)


def _in_state(_site: Site, rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    in_force = not_ended()
    if rows.model is VisitorPass:
        in_force &= Q(cancelled_at=None)
    return rows.filter(in_force if state == _CURRENT else ~in_force)


def _ending_after(_site: Site, rows: QuerySet[Any], at: datetime) -> QuerySet[Any]:
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=at))


_LOOKUPS: dict[str, Lookup] = {
    "q": folded_plate,
    "state": _in_state,
    "since": _ending_after,
    "until": "begins_at__lt",
}


def _has_ended(row: Any) -> bool:
    return row.ends_at is not None and row.ends_at <= clock.now()


def _plate(row: Any, _page: RowPage) -> SafeString:
    """Return the plate, marked where the block list has it too and decides at entries."""
    if not row.blocked or getattr(row, "kind", "") == AccessListEntry.Kind.BLOCK:
        return plate(row.plate)
    return format_html(
        '{} <span class="state state-stop" title="{}">{}</span>',
        plate(row.plate),
        _("The block list decides at entries"),
        _("also blocked"),
    )


def _ends(row: Any, _page: RowPage) -> object:
    return moment(row.ends_at, "date") if row.ends_at else _("no end date")


def _acts(kind: str, change: str, end: str) -> Cell:
    """Return a cell with what can be done about a row, unless it has ended."""

    def cell(row: Any, page: RowPage) -> str:
        buttons = []
        if not _has_ended(row):
            buttons = [
                dialog_button(page.address(change, row.pk), _("Change end")),
                dialog_button(page.address(end, row.pk), _("End")),
            ]
        return format_html_join(
            "", "{}", ((each,) for each in [*buttons, history_of(page, kind, row.pk)])
        )

    return cell


def _ending(
    label: Any,
    question: Callable[[int], str],
    done: Callable[[int], str],
    end: Callable[[Sequence[Any], User], Changes],
    undo: Callable[[Site, User, Changes], None],
) -> BulkAction:
    def perform(_site: Site, actor: User, rows: Sequence[Any], _data: Mapping[str, Any]) -> Changes:
        return end(rows, actor)

    return BulkAction(
        name="end",
        label=label,
        permission=AccessPermission.MANAGE_LISTS,
        question=question,
        consequence=_("They end now."),
        perform=perform,
        form=ConfirmForm,
        done=done,
        tone="danger-soft",
        undo=undo,
    )


_PLATE = Column("plate", _("Plate"), lambda row: row.plate, fixed=True)
_BEGINS = Column("begins", _("From"), lambda row: row.begins_at, sort="begins_at")
_ENDS = Column("ends", _("Until"), lambda row: row.ends_at)
_ACTIONS = Column("acts", _("Actions"), None, fixed=True)
_CELLS: dict[str, Cell] = {
    "plate": _plate,
    "begins": shows_moment(lambda row: row.begins_at),
    "ends": _ends,
}
_PRESETS = (
    Preset(_("In force"), {"state": _CURRENT}),
    Preset(_("Ended"), {"state": _ENDED}),
    Preset(_("All"), {}),
)


def _kind(entry: AccessListEntry, _page: RowPage) -> SafeString:
    is_allowed = entry.kind == AccessListEntry.Kind.ALLOW
    return state(_KINDS[entry.kind], "go" if is_allowed else "stop")


ENTRIES = Listing(
    name="access_list",
    title=_("Allow and block list"),
    rows=lambda site: selectors.mark_blocked(selectors.access_list(site, ended=True)),
    columns=(
        _PLATE,
        Column("kind", _("List"), lambda entry: entry.get_kind_display()),
        Column("reason", _("Reason"), lambda entry: entry.reason, prose=True),
        _BEGINS,
        _ENDS,
        Column("by", _("By"), lambda entry: str(entry.created_by or "")),
        _ACTIONS,
    ),
    cells={
        **_CELLS,
        "kind": _kind,
        "acts": _acts("access", "console:change_entry_end", "console:end_entry"),
    },
    sort="-begins",
    filters=EntryFilter,
    lookups={**_LOOKUPS, "kind": "kind"},
    first_query={"state": _CURRENT},
    presets=_PRESETS,
    actions=(
        _ending(
            _("End now"),
            lambda n: ngettext("End %(n)s entry", "End %(n)s entries", n) % {"n": n},
            lambda n: ngettext("%(n)s entry ended.", "%(n)s entries ended.", n) % {"n": n},
            lists.end_entries,
            lists.continue_entries,
        ),
    ),
    actions_url="console:bulk_entries",
    empty=_("No plates yet. A plate on the allow list is let in, one on the block list is not."),
    first_step=FirstStep(_("Add plate"), "console:add_entry", AccessPermission.MANAGE_LISTS),
)

VEHICLES = Listing(
    name="vehicles",
    title=_("Residents' cars"),
    rows=lambda site: selectors.mark_blocked(people.vehicles(site, ended=True)),
    columns=(
        _PLATE,
        Column("person", _("Resident or tenant"), lambda vehicle: vehicle.holder.name),
        Column("unit", _("Unit"), lambda vehicle: vehicle.holder.homes),
        _BEGINS,
        _ENDS,
        _ACTIONS,
    ),
    cells={
        **_CELLS,
        "person": holder,
        "acts": _acts("vehicle", "console:change_vehicle_end", "console:end_vehicle"),
    },
    sort="-begins",
    filters=PlateFilter,
    lookups=_LOOKUPS,
    first_query={"state": _CURRENT},
    presets=_PRESETS,
    actions=(
        _ending(
            _("End now"),
            lambda n: ngettext("End %(n)s registration", "End %(n)s registrations", n) % {"n": n},
            lambda n: (
                ngettext("%(n)s registration ended.", "%(n)s registrations ended.", n) % {"n": n}
            ),
            register.end_vehicles,
            register.continue_vehicles,
        ),
    ),
    actions_url="console:bulk_vehicles",
    empty=_("No cars yet. Register the cars of residents and tenants."),
    first_step=FirstStep(_("Register car"), "console:add_vehicle", AccessPermission.MANAGE_LISTS),
)


def _entries(visit: VisitorPass) -> str:
    return f"{visit.entries_used} / {visit.entries_allowed}"


def _pass_acts(visit: VisitorPass, page: RowPage) -> SafeString:
    shown: object = ""
    if visit.cancelled_at:
        shown = _("cancelled")
    elif not _has_ended(visit):
        shown = dialog_button(page.address("console:cancel_pass", visit.pk), _("Cancel"))
    return format_html("{} {}", shown, history_of(page, "visitor_pass", visit.pk))


PASSES = Listing(
    name="visitor_passes",
    title=_("Visitor passes"),
    rows=lambda site: selectors.mark_blocked(selectors.visitor_passes(site, ended=True)),
    columns=(
        _PLATE,
        Column("visitor", _("Visitor"), lambda visit: visit.visitor_name),
        Column("unit", _("Unit"), lambda visit: str(visit.unit or "")),
        _BEGINS,
        _ENDS,
        Column("entries", _("Entries"), _entries, numeric=True),
        Column("free", _("Free minutes"), lambda visit: visit.free_minutes, numeric=True),
        _ACTIONS,
    ),
    cells={**_CELLS, "acts": _pass_acts},
    sort="-begins",
    filters=PlateFilter,
    lookups=_LOOKUPS,
    first_query={"state": _CURRENT},
    presets=_PRESETS,
    actions=(
        _ending(
            _("Cancel pass"),
            lambda n: ngettext("Cancel %(n)s pass", "Cancel %(n)s passes", n) % {"n": n},
            lambda n: ngettext("%(n)s pass cancelled.", "%(n)s passes cancelled.", n) % {"n": n},
            lists.cancel_passes,
            lists.reinstate_passes,
        ),
    ),
    actions_url="console:bulk_passes",
    empty=_("No passes yet. A pass lets a visitor's car in for a time."),
    first_step=FirstStep(_("Issue pass"), "console:add_pass", AccessPermission.MANAGE_LISTS),
)
