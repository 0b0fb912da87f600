"""The lane board: the guard's workplace."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import services, visitors
from access.models import Passage
from access.permissions import AccessPermission
from access.selectors import lane_view
from console.lane_cards import LIFT_REASONS, cards_of, lane_cards
from console.lanes.forms import LimitsForm, VisitorForm
from console.pages import render_page
from core.models import Site
from devices.permissions import DevicePermission
from estate import selectors
from estate import services as estate
from ui.dialogs import Change, Dialog, dialog_page, run_dialog
from ui.forms import ReasonForm
from ui.pages import SiteRequest, render_fragment, site_page


@site_page(AccessPermission.VIEW_PASSAGES)
def board(request: SiteRequest, site: Site) -> HttpResponse:
    """Show a card for each lane."""
    return render_page(request, "console/lanes/board.html", {"cards": lane_cards(site)}, "lanes")


@site_page(AccessPermission.VIEW_PASSAGES)
def card(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render one lane's card."""
    (made,) = cards_of(site, [lane_view(site, pk)])
    return render_fragment(request, "console/lanes/card.html", {"card": made})


@site_page(AccessPermission.OPEN_BARRIER)
@require_http_methods(["GET", "POST"])
def open_lane(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Open a lane's barrier without a car."""
    lane = get_object_or_404(selectors.lanes_at(site), pk=pk)
    dialog = Dialog(
        title=_("Open %(lane)s") % {"lane": lane.name},
        lead=_("No car was read here. Your reason is recorded with your name."),
        button=_("Open the barrier"),
        suggestions=LIFT_REASONS,
    )
    return run_dialog(
        request,
        dialog,
        ReasonForm(request.POST or None),
        lambda data: services.open_lane(lane, request.user, data["reason"]),
        _("Command sent."),
        events=[f"live:lane-{lane.pk}"],
    )


@dialog_page(AccessPermission.ISSUE_PASSES)
def admit_visitor(request: SiteRequest, site: Site, pk: int) -> Change:
    """Issue a visitor pass for the car that waits at a lane."""
    passage = get_object_or_404(Passage.objects.select_related("lane"), site=site, pk=pk)
    dialog = Dialog(
        title=_("Visitor at %(lane)s") % {"lane": passage.lane.name},
        lead=_("The pass is valid for one entry, from now on."),
        button=_("Issue pass"),
    )
    return Change(
        dialog,
        VisitorForm(request.POST or None, initial={"plate": passage.plate}),
        lambda data: visitors.admit_visitor(passage, request.user, **data),
        _("Pass issued."),
        [f"live:lane-{passage.lane_id}"],
    )


@site_page(DevicePermission.MANAGE_DEVICES)
@require_http_methods(["GET", "POST"])
def limits(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Set a lane's confidence limits and permitted plate colours."""
    lane = get_object_or_404(selectors.lanes_at(site), pk=pk)
    initial = {name: getattr(lane, name) for name in LimitsForm.base_fields}
    return run_dialog(
        request,
        Dialog(title=_("Thresholds of %(lane)s") % {"lane": lane.name}, button=_("Save")),
        LimitsForm(request.POST if request.method == "POST" else None, initial=initial),
        lambda data: estate.set_lane_limits(lane, request.user, **data),
        _("Thresholds saved."),
        events=[f"live:device-{lane.camera_id}", "list-changed"],
    )
