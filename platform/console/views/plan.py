"""The map of a site, and what goes on beside it."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from access.permissions import AccessPermission
from access.selectors import lane_board
from console.lane_cards import LaneCard
from console.pages import SiteRequest, show, show_page, site_page
from console.query_params import whole_number
from core.models import Site
from core.permissions import SitePermission
from estate.models import Bay, Gate
from estate.selectors import bays_of, site_plan
from incidents import selectors as incidents
from incidents.permissions import IncidentPermission
from parking.selectors import occupancy

_SHOWN_INCIDENTS = 4


@site_page(SitePermission.VIEW_SITE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the map with what goes on beside it."""
    context = {**_beside(request, site), "statuses": Bay.Status.choices}
    return show_page(request, "console/map.html", context, "map")


@site_page(SitePermission.VIEW_SITE)
def geojson(request: SiteRequest, site: Site) -> HttpResponse:
    """Answer with the plan of the site as GeoJSON."""
    return JsonResponse(site_plan(site))


@site_page(SitePermission.VIEW_SITE)
def bays(request: SiteRequest, site: Site) -> HttpResponse:
    """Answer with the status of the bays ``?bay=1&bay=2``, or of all, by primary key."""
    chosen = bays_of(site)
    if wanted := request.GET.getlist("bay"):
        chosen = chosen.filter(pk__in=filter(None, map(whole_number, wanted)))
    return JsonResponse(dict(chosen.values_list("pk", "status")))


@site_page(SitePermission.VIEW_SITE)
def beside(request: SiteRequest, site: Site) -> HttpResponse:
    """Answer with what goes on, as it is now."""
    return show(request, "console/map_beside.html", _beside(request, site))


@site_page(SitePermission.VIEW_SITE)
def gate(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Answer with one gate's lanes and the last car at each, for its place on the map."""
    found = get_object_or_404(Gate, site=site, pk=pk)
    cards = [card for card in _lanes(request, site) if card.view.lane.gate_id == found.pk]
    return show(request, "console/map_gate.html", {"gate": found, "cards": cards})


def _beside(request: SiteRequest, site: Site) -> dict[str, object]:
    cards = _lanes(request, site)
    return {
        "lots": occupancy(site),
        "cards": cards,
        "waiting": [card for card in cards if card.waits],
        "incidents": _incidents(request, site),
    }


def _lanes(request: SiteRequest, site: Site) -> list[LaneCard]:
    """Return the lanes with their cars; without them for whom the stays are not to see."""
    if AccessPermission.VIEW_PASSAGES not in request.site_permissions:
        return []
    return [LaneCard(site, view, request.site_permissions) for view in lane_board(site)]


def _incidents(request: SiteRequest, site: Site) -> list[object]:
    if IncidentPermission.VIEW_INCIDENTS not in request.site_permissions:
        return []
    return list(incidents.active(site)[:_SHOWN_INCIDENTS])
