"""The allow and block list, residents' cars and visitor passes."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import lists, selectors
from access.models import AccessListEntry, VisitorPass
from access.permissions import AccessPermission
from console.access_lists.forms import EntryForm, PassForm, VehicleForm
from console.pages import render_page
from core.models import Site
from people import selectors as people
from people.models import Vehicle
from people.services import end_vehicle as end_registration
from people.services import register_vehicle
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm
from ui.pages import SiteRequest, site_page
from ui.tables import Segment, paginate, selected_segment

SEGMENTS = [
    Segment("lists", _("Allow and block list")),
    Segment("vehicles", _("Residents' cars")),
    Segment("passes", _("Visitor passes")),
]
_ROWS = {
    "lists": selectors.access_list,
    "vehicles": people.vehicles,
    "passes": selectors.visitor_passes,
}


@site_page(AccessPermission.MANAGE_LISTS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the selected list."""
    shown = selected_segment(request, SEGMENTS)
    rows: Any = _ROWS[shown](site, ended="ended" in request.GET)
    text = request.GET.get("q", "").strip()
    if text:
        rows = rows.filter(plate__icontains=text)
    context = {
        "segments": SEGMENTS,
        "shown": shown,
        "page": paginate(request, rows),
        "text": text,
        "ended": "ended" in request.GET,
    }
    return render_page(request, "console/access_lists/list.html", context, "access")


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def add_entry(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a plate to the allow or the block list."""
    return run_dialog(
        request,
        Dialog(title=_("Add plate to list"), button=_("Add")),
        EntryForm(request.POST or None),
        lambda data: lists.add_entry(site, request.user, **data),
        _("Plate added to the list."),
        events=["list-changed"],
    )


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def end_entry(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """End a plate's entry in the list."""
    entry = get_object_or_404(AccessListEntry, site=site, pk=pk)
    dialog = Dialog(
        title=_("Remove %(plate)s from the list") % {"plate": entry.plate},
        button=_("End now"),
        tone="danger-soft",
    )
    return _confirm(request, dialog, lambda data: lists.end_entry(entry, request.user))


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def add_vehicle(request: SiteRequest, site: Site) -> HttpResponse:
    """Register a resident's car."""
    return run_dialog(
        request,
        Dialog(title=_("Register a resident's car"), button=_("Register")),
        VehicleForm(request.POST or None),
        lambda data: register_vehicle(site, request.user, **data),
        _("Car registered."),
        events=["list-changed"],
    )


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def end_vehicle(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """End a car's registration."""
    vehicle = get_object_or_404(Vehicle, site=site, pk=pk)
    dialog = Dialog(
        title=_("End registration of %(plate)s") % {"plate": vehicle.plate},
        button=_("End now"),
        tone="danger-soft",
    )
    return _confirm(request, dialog, lambda data: end_registration(vehicle, request.user))


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def add_pass(request: SiteRequest, site: Site) -> HttpResponse:
    """Issue a visitor pass."""
    return run_dialog(
        request,
        Dialog(title=_("Issue visitor pass"), button=_("Issue")),
        PassForm(request.POST or None),
        lambda data: lists.issue_pass(site, request.user, **data),
        _("Pass issued."),
        events=["list-changed"],
    )


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def cancel_pass(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Cancel a visitor pass."""
    visit = get_object_or_404(VisitorPass, site=site, pk=pk)
    dialog = Dialog(
        title=_("Cancel the pass for %(plate)s") % {"plate": visit.plate},
        button=_("Cancel pass"),
        tone="danger-soft",
    )
    return _confirm(request, dialog, lambda data: lists.cancel_pass(visit, request.user))


def _confirm(request: SiteRequest, dialog: Dialog, perform: Any) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    return run_dialog(request, dialog, form, perform, _("Saved."), events=["list-changed"])
