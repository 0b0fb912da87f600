"""Dialogs that add, change, end, restore and remove places."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.pages import redirect_to
from console.places import forms
from console.places.kinds import BY_NAME, AnyPlace, Kind, in_use_or_404
from console.places.proposals import next_code, next_lane
from core.models import Site
from estate import ports, services
from estate.models import Building, Gate, Lot
from estate.permissions import EstatePermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, run_dialog
from ui.pages import SiteRequest, Text, site_page

CHANGED = ("list-changed",)
_LINKS = {
    "lane": "place_lane",
    "device": "device",
    "stay": "stay",
    "passage": "passage",
    "meter": "meter",
    "door": "place_door",
    "door_group": "place_door_group",
}


@dialog_page(EstatePermission.MANAGE_PLACES)
def add_building(request: SiteRequest, site: Site) -> Change:
    """Add a building."""
    form = forms.BuildingForm(request.POST or None, site=site, initial=next_code(Building, site))
    return add_place(_("Add building"), form, services.create_building, site, request)


@dialog_page(EstatePermission.MANAGE_PLACES)
def add_lot(request: SiteRequest, site: Site) -> Change:
    """Add a car park."""
    form = forms.LotForm(request.POST or None, site=site, initial=next_code(Lot, site, "P"))
    return add_place(_("Add car park"), form, services.create_lot, site, request)


@dialog_page(EstatePermission.MANAGE_PLACES)
def add_gate(request: SiteRequest, site: Site) -> Change:
    """Add a gate."""
    form = forms.GateForm(request.POST or None, site=site, initial=next_code(Gate, site, "gate-"))
    return add_place(_("Add gate"), form, services.create_gate, site, request)


@dialog_page(EstatePermission.MANAGE_PLACES)
def add_unit(request: SiteRequest, site: Site, pk: int) -> Change:
    """Add a unit to a building."""
    building = in_use_or_404("building", site, pk)
    form = forms.UnitForm(request.POST or None, site=site)
    return add_place(_("Add unit"), form, services.create_unit, building, request)


@dialog_page(EstatePermission.MANAGE_PLACES)
def add_bay(request: SiteRequest, site: Site, pk: int) -> Change:
    """Add a bay to a car park."""
    lot = in_use_or_404("lot", site, pk)
    form = forms.BayForm(request.POST or None, site=site)
    return add_place(_("Add bay"), form, services.create_bay, lot, request)


@dialog_page(EstatePermission.MANAGE_PLACES)
def add_lane(request: SiteRequest, site: Site, pk: int) -> Change:
    """Add a lane to a gate."""
    gate = in_use_or_404("gate", site, pk)
    form = forms.NewLaneForm(request.POST or None, site=site, initial=next_lane(gate))
    return Change(
        Dialog(title=_("Add lane to %(gate)s") % {"gate": gate}, button=_("Add")),
        form,
        lambda data: services.create_lane(gate, actor=request.user, **data),
        lambda lane: gettext("%(place)s was added.") % {"place": lane.name},
        CHANGED,
    )


@dialog_page(EstatePermission.MANAGE_PLACES)
def change(request: SiteRequest, site: Site, kind: Kind, pk: int) -> Change:
    """Change a place."""
    place = kind.get(site, pk)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(title=_("Change %(place)s") % {"place": place}, button=_("Save")),
        kind.change_form(site, place, data),
        lambda values: kind.apply(place, request.user, values),
        _("Saved."),
        CHANGED,
    )


@dialog_page(EstatePermission.MANAGE_PLACES)
def end(request: SiteRequest, site: Site, kind: Kind, pk: int) -> Change:
    """End a place; the consequences are shown first, and what has to be settled before."""
    place = kind.get(site, pk)
    usages = ports.usages_of(place)
    blocked = any(usage.blocks for usage in usages)
    dialog = Dialog(
        title=_("End %(place)s") % {"place": place},
        lead=_("Settle this first:")
        if blocked
        else _("It leaves boards and choices, and stays in the history."),
        button="" if blocked else pgettext("place", "End"),
        tone="danger-soft",
        template="console/places/usages.html",
        context={"usages": [(usage, _linked(site, usage)) for usage in usages]},
    )
    perform: Callable[[Any], Any] = lambda data: services.end_place(place, request.user)  # noqa: E731
    return Change(dialog, confirm_form(request), perform, _("Ended."), CHANGED)


@dialog_page(EstatePermission.MANAGE_PLACES)
def restore(request: SiteRequest, site: Site, kind: Kind, pk: int) -> Change:
    """Use an ended place again."""
    place = kind.get(site, pk)
    return Change(
        Dialog(
            title=_("Use %(place)s again") % {"place": place},
            lead=_("Its parts stay ended; its devices stay where they are now."),
            button=_("Use again"),
        ),
        confirm_form(request),
        lambda data: services.restore_place(place, request.user),
        _("Saved."),
        CHANGED,
    )


@site_page(EstatePermission.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def remove(request: SiteRequest, site: Site, kind: Kind, pk: int) -> HttpResponse:
    """Delete a place that no record refers to, and return to the list or place above it."""
    place = kind.get(site, pk)
    above = getattr(place, f"{kind.owner}_id") if kind.owner else None
    target = (f"place_{kind.owner}", site.slug, above) if above else (kind.listed_at, site.slug)
    return run_dialog(
        request,
        Dialog(
            title=_("Remove %(place)s") % {"place": place},
            lead=_("No record refers to it, so it is deleted."),
            button=pgettext("place", "Remove"),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: services.remove_place(place, request.user),
        _("Removed."),
        respond=lambda done: redirect_to(request, *target),
    )


@dialog_page(EstatePermission.MANAGE_PLACES)
def restrict(request: SiteRequest, site: Site, pk: int) -> Change:
    """Reserve or close a bay by hand."""
    bay = in_use_or_404("bay", site, pk)
    other = {"reserved": "closed"}.get(bay.restriction, "reserved")
    return Change(
        Dialog(title=_("Reserve or close %(bay)s") % {"bay": bay}, button=_("Save")),
        forms.RestrictForm(request.POST or None, initial={"restriction": other}),
        lambda data: services.restrict_bay(bay, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(EstatePermission.MANAGE_PLACES)
def free(request: SiteRequest, site: Site, pk: int) -> Change:
    """Lift a bay's restriction."""
    bay = BY_NAME["bay"].get(site, pk)
    return Change(
        Dialog(
            title=_("Make %(bay)s available") % {"bay": bay},
            lead=bay.restriction_reason,
            button=_("Make available"),
        ),
        confirm_form(request),
        lambda data: services.free_bay(bay, request.user),
        _("Saved."),
        CHANGED,
    )


def add_place(
    title: Text,
    form: forms.PlaceForm,
    create: Callable[..., AnyPlace],
    owner: Any,
    request: SiteRequest,
) -> Change:
    """Return the dialog that adds a place to what it belongs to."""
    return Change(
        Dialog(title=title, button=_("Add")),
        form,
        lambda data: create(owner, request.user, **data),
        lambda place: gettext("%(place)s was added.") % {"place": place},
        CHANGED,
    )


def _linked(site: Site, usage: ports.Usage) -> list[tuple[str, str]]:
    """Return the names of what uses a place, with their addresses."""
    return [
        (row.name, reverse(f"console:{_LINKS[row.kind]}", args=[site.slug, row.pk]))
        if row.kind in _LINKS
        else (row.name, "")
        for row in usage.rows
    ]
