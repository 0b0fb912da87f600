"""The allow and block list, residents' cars and visitor passes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import lists, selectors
from access.labels import RECORD_LABELS
from access.models import AccessListEntry, VisitorPass
from access.permissions import AccessPermission
from console.access_lists.forms import EndForm, EntryForm, PassForm, VehicleForm
from console.access_lists.listing import ENTRIES, PASSES, VEHICLES
from console.holder_picker import first_choice, posted_search
from console.pages import render_list
from core.models import Site
from core.text_lists import joined
from people import services as register
from people.models import Vehicle
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.lists import Listing, bulk_view, list_page
from ui.pages import Notice, SiteRequest, Text, render_fragment, site_page

TABS = [
    (ENTRIES, "console:access"),
    (VEHICLES, "console:access_vehicles"),
    (PASSES, "console:access_passes"),
]
CHANGED = ["list-changed"]


class PlatePeriod(Protocol):
    """An entry, a registration or a pass."""

    site: Site
    plate: str
    begins_at: datetime
    ends_at: datetime | None


def _list_view(listing: Listing) -> Callable[..., HttpResponseBase]:
    @site_page(AccessPermission.MANAGE_LISTS)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: SiteRequest, site: Site) -> HttpResponseBase:
        render = render_list(request, "access", "console/access_lists/list.html")
        return list_page(request, listing, render, tabs=TABS)

    return view


entries, vehicles, passes = _list_view(ENTRIES), _list_view(VEHICLES), _list_view(PASSES)
bulk_entries = bulk_view(ENTRIES, AccessPermission.MANAGE_LISTS)
bulk_vehicles = bulk_view(VEHICLES, AccessPermission.MANAGE_LISTS)
bulk_passes = bulk_view(PASSES, AccessPermission.MANAGE_LISTS)


@dialog_page(AccessPermission.MANAGE_LISTS)
def add_entry(request: SiteRequest, site: Site) -> Change:
    """Add a plate to the allow or the block list."""
    return Change(
        Dialog(title=_("Add plate to list"), button=_("Add")),
        EntryForm(request.POST or None),
        lambda data: lists.add_entry(site, request.user, **data),
        lambda entry: _notice(_("Plate added to the list."), entry, blocks=entry.kind == "block"),
        CHANGED,
    )


@dialog_page(AccessPermission.MANAGE_LISTS)
def change_entry_end(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set another end of a plate's entry in the list."""
    entry = get_object_or_404(AccessListEntry, site=site, pk=pk)
    return _change_end(
        request, entry, lambda data: lists.change_entry_end(entry, request.user, **data)
    )


@dialog_page(AccessPermission.MANAGE_LISTS)
def end_entry(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a plate's entry in the list."""
    entry = get_object_or_404(AccessListEntry, site=site, pk=pk)
    title = _("Remove %(plate)s from the list") % {"plate": entry.plate}
    return _end(request, title, lambda data: lists.end_entry(entry, request.user))


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["POST"])
def find_people(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people who match the posted ``name``, for the dialog of a car."""
    return render_fragment(request, "console/people_found.html", posted_search(request, site))


@dialog_page(AccessPermission.MANAGE_LISTS)
def add_vehicle(request: SiteRequest, site: Site) -> Change:
    """Register a resident's car; ``holder`` in the address chooses whose."""
    first = first_choice(site, request.GET.get("holder", ""))
    return Change(
        Dialog(title=_("Register a resident's car"), button=_("Register")),
        VehicleForm(site, request.POST or None, initial=first),
        lambda data: register.register_vehicle(site, request.user, **data),
        lambda vehicle: _notice(_("Car registered."), vehicle),
        CHANGED,
    )


@dialog_page(AccessPermission.MANAGE_LISTS)
def change_vehicle_end(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set another end of a car's registration."""
    vehicle = get_object_or_404(Vehicle, site=site, pk=pk)
    return _change_end(
        request, vehicle, lambda data: register.change_vehicle_end(vehicle, request.user, **data)
    )


@dialog_page(AccessPermission.MANAGE_LISTS)
def end_vehicle(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a car's registration."""
    vehicle = get_object_or_404(Vehicle, site=site, pk=pk)
    title = _("End registration of %(plate)s") % {"plate": vehicle.plate}
    return _end(request, title, lambda data: register.end_vehicle(vehicle, request.user))


@dialog_page(AccessPermission.MANAGE_LISTS)
def add_pass(request: SiteRequest, site: Site) -> Change:
    """Issue a visitor pass."""
    return Change(
        Dialog(title=_("Issue visitor pass"), button=_("Issue")),
        PassForm(request.POST or None),
        lambda data: lists.issue_pass(site, request.user, **data),
        lambda visit: _notice(_("Pass issued."), visit),
        CHANGED,
    )


@dialog_page(AccessPermission.MANAGE_LISTS)
def cancel_pass(request: SiteRequest, site: Site, pk: int) -> Change:
    """Cancel a visitor pass."""
    visit = get_object_or_404(VisitorPass, site=site, pk=pk)
    title = _("Cancel the pass for %(plate)s") % {"plate": visit.plate}
    cancel = _("Cancel pass")
    return _end(request, title, lambda data: lists.cancel_pass(visit, request.user), cancel)


def _end(request: SiteRequest, title: Text, perform: Any, button: Text = "") -> Change:
    dialog = Dialog(title=title, button=button or _("End now"), tone="danger-soft")
    return Change(dialog, confirm_form(request), perform, _("Saved."), CHANGED)


def _change_end(request: SiteRequest, row: PlatePeriod, perform: Any) -> Change:
    dialog = Dialog(
        title=_("Change the end for %(plate)s") % {"plate": row.plate}, button=_("Save")
    )
    # An empty field, which means no end, is a valid answer, so the whole POST may look empty.
    data = request.POST if request.method == "POST" else None
    form = EndForm(data, initial={"ends_at": row.ends_at})
    return Change(dialog, form, perform, _("Saved."), CHANGED)


def _notice(done: Text, row: PlatePeriod, *, blocks: bool = False) -> Notice:
    """Return the notice of a new row; a warning if another list contradicts it."""
    conflicts = selectors.conflicting_records(
        row.site, row.plate, blocks=blocks, begins_at=row.begins_at, ends_at=row.ends_at
    )
    if not conflicts:
        return Notice(done)
    kinds = dict.fromkeys(str(RECORD_LABELS[record.kind]) for record in conflicts)
    warning = gettext("%(plate)s is also here: %(lists)s. At entries the block list decides.")
    facts = {"plate": row.plate, "lists": joined(kinds)}
    return Notice(format_lazy("{} {}", done, warning % facts), "warning")
