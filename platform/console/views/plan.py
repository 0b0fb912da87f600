"""The map of a site."""

from django.http import HttpResponse, JsonResponse

from console.pages import SiteRequest, show_page, site_page
from core.models import Site
from core.permissions import Permission
from estate.selectors import site_plan


@site_page(Permission.VIEW_SITE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the map with what goes on beside it."""
    return show_page(request, "console/map.html", {}, "map")


@site_page(Permission.VIEW_SITE)
def geojson(request: SiteRequest, site: Site) -> HttpResponse:
    """Answer with the plan of the site as GeoJSON."""
    return JsonResponse(site_plan(site), headers={"Cache-Control": "private, no-cache"})
