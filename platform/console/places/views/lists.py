"""The lists of places, and the gates with their lanes."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from console.pages import render_list, render_page
from console.places.door_listing import DOOR_GROUPS, DOORS, TABS, ZONES
from console.places.kinds import BY_NAME
from console.places.listing import BAYS, BUILDINGS, LANES, LOTS, UNITS
from core.models import Site
from estate.models import Lane
from estate.permissions import EstatePermission
from estate.selectors import cameras_without_lane
from ui.lists import Listing, bulk_view, list_page
from ui.pages import SiteRequest, site_page
from ui.tables import Segment, paginate, selected_segment

SEGMENTS = [Segment("in_use", _("In use")), Segment("ended", pgettext_lazy("place", "Ended"))]


def _list_view(listing: Listing, here: str, **context: Any) -> Any:
    """Return the view of a list of places.

    Args:
        here: the navigation item it belongs to.
        context: of its template.
    """

    @site_page(EstatePermission.MANAGE_PLACES)
    @require_http_methods(["GET", "HEAD", "POST"])
    def view(request: SiteRequest, site: Site) -> HttpResponseBase:
        show = render_list(request, here, f"console/places/{listing.name}.html")
        return list_page(request, listing, lambda shown: show({**shown, **context}))

    return view


buildings = _list_view(BUILDINGS, "buildings")
units = _list_view(UNITS, "buildings")
lots = _list_view(LOTS, "lots")
bays = _list_view(BAYS, "lots")
lanes = _list_view(LANES, "gates")
doors = _list_view(DOORS, "door_list", tabs=TABS)
zones = _list_view(ZONES, "door_list", tabs=TABS)
door_groups = _list_view(DOOR_GROUPS, "door_list", tabs=TABS)
bulk_bays = bulk_view(BAYS, EstatePermission.MANAGE_PLACES)


@site_page(EstatePermission.MANAGE_PLACES)
def gates(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the gates, each with its lanes."""
    lanes_now = Lane.objects.in_use().select_related("lot", "camera", "barrier").order_by("code")
    rows = _shown(request, BY_NAME["gate"].rows(site))
    context = {
        "cameras": cameras_without_lane(site),
        "page": paginate(request, rows.prefetch_related(Prefetch("lanes", lanes_now, "lanes_now"))),
        "segments": SEGMENTS,
        "shown": selected_segment(request, SEGMENTS),
        "text": request.GET.get("q", "").strip(),
    }
    return render_page(request, "console/places/gates.html", context, "gates")


def _shown(request: SiteRequest, rows: Any) -> QuerySet[Any]:
    """Return the rows of the segment whose code or name has the search text."""
    if selected_segment(request, SEGMENTS) == "ended":
        rows = rows.exclude(ended_at=None)
    else:
        rows = rows.in_use()
    text = request.GET.get("q", "").strip()
    return rows.filter(Q(code__icontains=text) | Q(name__icontains=text)) if text else rows
