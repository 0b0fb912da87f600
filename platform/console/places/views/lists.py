"""The lists of buildings, car parks and gates."""

from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from console.pages import render_page
from console.places.kinds import BY_NAME
from core.models import Site
from estate.models import Lane
from estate.permissions import EstatePermission
from estate.selectors import cameras_without_lane
from ui.pages import SiteRequest, site_page
from ui.tables import Segment, paginate, selected_segment

SEGMENTS = [Segment("in_use", _("In use")), Segment("ended", _("Ended"))]
_PARTS_IN_USE = {
    "units_in_use": Count("units", filter=Q(units__ended_at=None), distinct=True),
    "bays_in_use": Count("bays", filter=Q(bays__ended_at=None), distinct=True),
    "lanes_in_use": Count("lanes", filter=Q(lanes__ended_at=None), distinct=True),
}


@site_page(EstatePermission.MANAGE_PLACES)
def buildings(request: SiteRequest, site: Site) -> HttpResponse:
    """List the buildings with the number of their units."""
    rows = _shown(request, BY_NAME["building"].rows(site))
    return _page(request, "buildings", _counted(rows, "units_in_use"))


@site_page(EstatePermission.MANAGE_PLACES)
def lots(request: SiteRequest, site: Site) -> HttpResponse:
    """List the car parks with the number of their bays and lanes."""
    rows = _shown(request, BY_NAME["lot"].rows(site).defer("outline"))
    return _page(request, "lots", _counted(rows, "bays_in_use", "lanes_in_use"))


@site_page(EstatePermission.MANAGE_PLACES)
def gates(request: SiteRequest, site: Site) -> HttpResponse:
    """List the gates with their lanes."""
    lanes = Lane.objects.in_use().select_related("lot", "camera", "barrier").order_by("code")
    rows = _shown(request, BY_NAME["gate"].rows(site))
    rows = rows.prefetch_related(Prefetch("lanes", lanes, "lanes_now"))
    return _page(request, "gates", rows, cameras=cameras_without_lane(site))


def _shown(request: SiteRequest, rows: Any) -> QuerySet[Any]:
    """Return the rows of the segment whose code or name has the search text."""
    if selected_segment(request, SEGMENTS) == "ended":
        rows = rows.exclude(ended_at=None)
    else:
        rows = rows.in_use()
    text = request.GET.get("q", "").strip()
    return rows.filter(Q(code__icontains=text) | Q(name__icontains=text)) if text else rows


def _counted(rows: QuerySet[Any], *counts: str) -> QuerySet[Any]:
    return rows.annotate(**{name: _PARTS_IN_USE[name] for name in counts})


def _page(request: SiteRequest, name: str, rows: QuerySet[Any], **more: Any) -> HttpResponse:
    context = {
        **more,
        "page": paginate(request, rows),
        "segments": SEGMENTS,
        "shown": selected_segment(request, SEGMENTS),
        "text": request.GET.get("q", "").strip(),
    }
    return render_page(request, f"console/places/{name}.html", context, name)
