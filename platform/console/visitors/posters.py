"""Posters with a code by which visitors ask at a door."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from console.pages import render_page
from core.models import Site
from doors.permissions import DoorPermission
from doors.visits.rules import visit_rules
from doors.visits.selectors import poster_token
from estate.models import Door
from ui.pages import SiteRequest, site_page
from ui.payment_links import qr_code
from ui.tables import paginate


@site_page(DoorPermission.VIEW_VISITORS)
@require_GET
def posters(request: SiteRequest, site: Site) -> HttpResponse:
    """List the doors for which a poster can be printed."""
    rows = Door.objects.in_use().filter(site=site).select_related("building").order_by("code")
    context = {"page": paginate(request, rows), "offered": visit_rules(site).asks_at_door}
    return render_page(request, "console/visitors/posters.html", context, "visits")


@site_page(DoorPermission.VIEW_VISITORS)
def poster(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the poster of a door, to be printed."""
    door = get_object_or_404(Door.objects.in_use().filter(site=site), pk=pk)
    path = reverse("portal:ask_at_door", args=[poster_token(door)])
    address = settings.PUBLIC_URL.rstrip("/") + path
    context = {"door": door, "address": address, "qr_code": qr_code(address)}
    return render_page(request, "console/visitors/poster.html", context, "visits")
