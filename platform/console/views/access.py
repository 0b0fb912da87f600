"""Who may come in: the allow and block list, residents' cars, visitor passes."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import lists, selectors
from access.models import AccessListEntry, VisitorPass
from access.permissions import AccessPermission
from console.dialogs import Dialog, ask
from console.forms.gate import NothingForm
from console.forms.lists import EntryForm, PassForm, VehicleForm
from console.pages import SiteRequest, show_page, site_page
from console.tables import Segment, chosen, page_of
from core.models import Site
from people import selectors as people
from people.models import Vehicle
from people.services import end_vehicle as end_registration
from people.services import register_vehicle

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
    """Show one of the lists."""
    shown = chosen(request, SEGMENTS)
    rows: Any = _ROWS[shown](site, ended="ended" in request.GET)
    asked = request.GET.get("q", "").strip()
    if asked:
        rows = rows.filter(plate__icontains=asked)
    context = {
        "segments": SEGMENTS,
        "shown": shown,
        "page": page_of(request, rows),
        "asked": asked,
        "ended": "ended" in request.GET,
    }
    return show_page(request, "console/access.html", context, "access")


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def add_entry(request: SiteRequest, site: Site) -> HttpResponse:
    """Put a plate on the allow or the block list."""
    return ask(
        request,
        Dialog(title=_("Add a plate to the list"), button=_("Add")),
        EntryForm(request.POST or None),
        lambda said: lists.add_entry(site, request.user, **said),
        _("The plate is on the list."),
        tells=["list-changed"],
    )


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def end_entry(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Take a plate off the list."""
    entry = get_object_or_404(AccessListEntry, site=site, pk=pk)
    dialog = Dialog(
        title=_("Take %(plate)s off the list") % {"plate": entry.plate},
        button=_("End it now"),
        tone="danger-soft",
    )
    return _confirm(request, dialog, lambda said: lists.end_entry(entry, request.user))


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def add_vehicle(request: SiteRequest, site: Site) -> HttpResponse:
    """Register a resident's car."""
    return ask(
        request,
        Dialog(title=_("Register a resident's car"), button=_("Register")),
        VehicleForm(request.POST or None),
        lambda said: register_vehicle(site, request.user, **said),
        _("The car is registered."),
        tells=["list-changed"],
    )


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def end_vehicle(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """End a car's registration."""
    vehicle = get_object_or_404(Vehicle, site=site, pk=pk)
    dialog = Dialog(
        title=_("End the registration of %(plate)s") % {"plate": vehicle.plate},
        button=_("End it now"),
        tone="danger-soft",
    )
    return _confirm(request, dialog, lambda said: end_registration(vehicle, request.user))


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def add_pass(request: SiteRequest, site: Site) -> HttpResponse:
    """Issue a visitor pass."""
    return ask(
        request,
        Dialog(title=_("Issue a visitor pass"), button=_("Issue")),
        PassForm(request.POST or None),
        lambda said: lists.issue_pass(site, request.user, **said),
        _("The pass is issued."),
        tells=["list-changed"],
    )


@site_page(AccessPermission.MANAGE_LISTS)
@require_http_methods(["GET", "POST"])
def cancel_pass(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Take a visitor pass back."""
    visit = get_object_or_404(VisitorPass, site=site, pk=pk)
    dialog = Dialog(
        title=_("Cancel the pass of %(plate)s") % {"plate": visit.plate},
        button=_("Cancel the pass"),
        tone="danger-soft",
    )
    return _confirm(request, dialog, lambda said: lists.cancel_pass(visit, request.user))


def _confirm(request: SiteRequest, dialog: Dialog, perform: Any) -> HttpResponse:
    form = NothingForm(request.POST if request.method == "POST" else None)
    return ask(request, dialog, form, perform, _("Done."), tells=["list-changed"])
