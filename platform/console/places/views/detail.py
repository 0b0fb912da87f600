"""The page of one place: what it is, its parts, what can be done, its history."""

from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import reverse

from console.pages import render_page
from console.places import door_page
from console.places.kinds import BY_CODE, BY_NAME, AnyPlace, Kind
from console.places.unit_page import context_of
from core.models import Site
from estate import services
from estate.models import Bay, Building, Door, DoorGroup, Gate, Lot, Place, Unit, Zone
from estate.permissions import EstatePermission
from ui.pages import SiteRequest, site_page
from ui.tables import paginate


@site_page(EstatePermission.MANAGE_PLACES)
def page(request: SiteRequest, site: Site, kind: Kind, pk: int) -> HttpResponse:
    """Show one place."""
    place = kind.get(site, pk)
    text = request.GET.get("q", "").strip()
    context = {
        "kind": kind,
        "place": place,
        "owner": _owner(site, kind, place),
        "text": text,
        "removable": not services.is_referred_to(place),
        **_parts(request, place, text),
    }
    return render_page(
        request, f"console/places/{kind.name}.html", context, kind.here or kind.listed_at
    )


def _owner(site: Site, kind: Kind, place: AnyPlace) -> dict[str, Any] | None:
    """Return the place to which this one belongs, for the path above the heading."""
    if not kind.owner:
        return None
    owner = getattr(place, kind.owner)
    url = reverse(f"console:place_{kind.owner}", args=[site.slug, owner.pk])
    return {"name": owner.name, "url": url, "ended": owner.ended_at}


def _parts(request: SiteRequest, place: Place, text: str) -> dict[str, Any]:
    """Return the units, bays or lanes of a place: those in use first, then those ended."""
    if isinstance(place, Unit | Bay):
        return context_of(request, place)
    if isinstance(place, Door | Zone | DoorGroup):
        return door_page.context_of(request, place)
    if isinstance(place, Gate):
        lanes = BY_NAME["lane"].rows(request.site).filter(gate=place)
        return {"lanes": lanes.order_by("-ended_at", *BY_CODE)}
    if isinstance(place, Building):
        rows: Any = BY_NAME["unit"].rows(request.site).filter(building=place)
    elif isinstance(place, Lot):
        rows = BY_NAME["bay"].rows(request.site).filter(lot=place)
    else:
        return {}
    found = rows.filter(Q(code__icontains=text)) if text else rows
    return {
        "page": paginate(request, found.order_by("-ended_at", *BY_CODE)),
        "total": rows.in_use().count(),
        "any": rows.exists(),
        "statuses": _statuses(rows) if isinstance(place, Lot) else [],
    }


def _statuses(bays: Any) -> list[tuple[str, Any, int]]:
    """Return how many bays in use there are of each status."""
    counted = dict.fromkeys(Bay.Status.values, 0)
    for status in bays.in_use().values_list("status", flat=True):
        counted[status] += 1
    return [(status, Bay.Status(status).label, number) for status, number in counted.items()]
