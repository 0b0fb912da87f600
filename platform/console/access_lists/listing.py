"""The allow and block list, residents' cars and visitor passes, as lists."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from access import lists, selectors
from access.models import AccessListEntry, VisitorPass
from access.permissions import AccessPermission
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

_CURRENT, _ENDED = "current", "ended"


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


def _prepared(rows: list[Any]) -> list[dict[str, Any]]:
    now = clock.now()
    return [{"row": row, "ended": row.ends_at is not None and row.ends_at <= now} for row in rows]


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
_PRESETS = (
    Preset(_("In force"), {"state": _CURRENT}),
    Preset(_("Ended"), {"state": _ENDED}),
    Preset(_("All"), {}),
)

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
    row_template="console/access_lists/entry_row.html",
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
    prepare=_prepared,
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
    row_template="console/access_lists/vehicle_row.html",
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
    prepare=_prepared,
    empty=_("No cars yet. Register the cars of residents and tenants."),
    first_step=FirstStep(_("Register car"), "console:add_vehicle", AccessPermission.MANAGE_LISTS),
)


def _entries(visit: VisitorPass) -> str:
    return f"{visit.entries_used} / {visit.entries_allowed}"


PASSES = Listing(
    name="visitor_passes",
    title=_("Visitor passes"),
    rows=lambda site: selectors.mark_blocked(selectors.visitor_passes(site, ended=True)),
    columns=(
        _PLATE,
        Column("visitor", _("Visitor"), lambda visit: visit.visitor_name),
        _BEGINS,
        _ENDS,
        Column("entries", _("Entries"), _entries, numeric=True),
        Column("free", _("Free minutes"), lambda visit: visit.free_minutes, numeric=True),
        _ACTIONS,
    ),
    row_template="console/access_lists/pass_row.html",
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
    prepare=_prepared,
    empty=_("No passes yet. A pass lets a visitor's car in for a time."),
    first_step=FirstStep(_("Issue pass"), "console:add_pass", AccessPermission.MANAGE_LISTS),
)
