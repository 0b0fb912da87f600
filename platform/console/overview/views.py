"""The map of a site, and the tiles beside it."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from access.permissions import AccessPermission
from console.lane_cards import lane_cards
from console.pages import render_page
from core.models import Site
from core.permissions import SitePermission
from estate.models import Bay, Gate
from estate.selectors import bays_of, plan_number, site_plan
from incidents.severities import Severity
from parking.bay_cars import cars_of_bay
from parking.permissions import ParkingPermission
from ui.pages import SiteRequest, render_fragment, site_page
from ui.query_params import whole_number
from ui.sections import sections_of, tiles, topic_names


@site_page(SitePermission.VIEW_SITE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the map with the tiles beside it."""
    context = {
        **_tiles(request, site),
        "statuses": Bay.Status.choices,
        "severities": Severity.choices,
    }
    return render_page(request, "console/overview/map.html", context, "map")


@site_page(SitePermission.VIEW_SITE)
def geojson(request: SiteRequest, site: Site) -> HttpResponse:
    """Return the plan of the site as GeoJSON, with the number of its revision."""
    number = plan_number(site)  # first: a plan that is published meanwhile is fetched again
    return JsonResponse({**site_plan(site), "revision": number})


@site_page(SitePermission.VIEW_SITE)
def bays(request: SiteRequest, site: Site) -> HttpResponse:
    """Return the status of the bays ``?bay=1&bay=2``, or of all, and the plan's revision."""
    rows = bays_of(site)
    if wanted := request.GET.getlist("bay"):
        rows = rows.filter(pk__in=filter(None, map(whole_number, wanted)))
    statuses = dict(rows.values_list("pk", "status"))
    return JsonResponse({"revision": plan_number(site), "bays": statuses})


@site_page(SitePermission.VIEW_SITE)
def activity(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the tiles as they are now."""
    return render_fragment(request, "console/overview/activity.html", _tiles(request, site))


@site_page(SitePermission.VIEW_SITE)
def bay(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render a bay's status and the cars that may stand there, for its popup on the map."""
    found = get_object_or_404(bays_of(site).select_related("sensor", "lot__site"), pk=pk)
    permitted = ParkingPermission.VIEW_STAYS in request.site_permissions
    context = {"bay": found, "cars": cars_of_bay(found) if permitted else None}
    return render_fragment(request, "console/overview/bay.html", context)


@site_page(SitePermission.VIEW_SITE)
def gate(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render a gate's lanes with the latest car of each, for its popup on the map."""
    found = get_object_or_404(Gate, site=site, pk=pk)
    permitted = AccessPermission.VIEW_PASSAGES in request.site_permissions
    cards = [card for card in lane_cards(site) if card.view.lane.gate_id == found.pk]
    context = {"gate": found, "cards": cards if permitted else []}
    return render_fragment(request, "console/overview/gate.html", context)


def _tiles(request: SiteRequest, site: Site) -> dict[str, object]:
    """Render the permitted tiles of all sections, and name the topics that change them."""
    shown = tiles(sections_of("console"), request.site_permissions)
    return {
        "tiles": [
            render_to_string(tile.template, {"site": site, **tile.context(site)}, request)
            for tile in shown
        ],
        "topics": topic_names(shown),
    }
