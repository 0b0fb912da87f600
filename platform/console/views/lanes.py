"""The lane board: the guard's workplace."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access import services
from access.permissions import AccessPermission
from access.selectors import lane_board, lane_view
from console.dialogs import Dialog, ask
from console.forms.gate import ReasonForm
from console.lane_cards import LaneCard
from console.pages import SiteRequest, show, show_page, site_page
from core.models import Site
from estate.models import Lane

LIFT_REASONS = [
    _("Delivery, checked at the gate"),
    _("Emergency vehicle"),
    _("Resident, known to the guard"),
    _("Payment machine or telephone fails"),
    _("Camera does not read the plate"),
    _("Paid in another way"),
]


@site_page(AccessPermission.VIEW_PASSAGES)
def board(request: SiteRequest, site: Site) -> HttpResponse:
    """Show a card for each lane."""
    return show_page(request, "console/lanes.html", {"cards": cards(request, site)}, "lanes")


@site_page(AccessPermission.VIEW_PASSAGES)
def card(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Answer with one lane's card as it is now."""
    made = LaneCard(site, lane_view(site, pk), request.site_permissions)
    return show(request, "console/lane_card.html", {"card": made})


@site_page(AccessPermission.OPEN_BARRIER)
@require_http_methods(["GET", "POST"])
def open_lane(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Open a lane where no car was seen."""
    lane = get_object_or_404(
        Lane.objects.select_related("gate__site", "lot"), pk=pk, gate__site=site
    )
    dialog = Dialog(
        title=_("Open %(lane)s") % {"lane": lane.name},
        lead=_("No car was read here. What you write is kept with your name."),
        button=_("Open the barrier"),
        answers=LIFT_REASONS,
    )
    return ask(
        request,
        dialog,
        ReasonForm(request.POST or None),
        lambda said: services.open_lane(lane, request.user, said["reason"]),
        _("The barrier was told to open."),
        tells=[f"live:lane-{lane.pk}"],
    )


def cards(request: SiteRequest, site: Site) -> list[LaneCard]:
    """Return the cards of the site's lanes."""
    return [LaneCard(site, view, request.site_permissions) for view in lane_board(site)]
