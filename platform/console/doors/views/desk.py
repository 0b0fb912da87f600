"""The guard's desk: find a person, see what opens for them, let visitors in, by keyboard."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_POST

from access.models import VisitorPass
from console.pages import render_page
from core import audit
from core.models import Site
from doors import desk
from doors.permissions import DoorPermission
from doors.visits import selectors as visits
from estate.models import Door
from estate.selectors import doors_at
from people.models import Person
from people.selectors import running
from ui.pages import SiteRequest, render_fragment, site_page
from ui.query_params import whole_number

_VIEW = DoorPermission.VIEW_CARDS
_HERE = "guard_desk"
_LONGEST = 60
_SHOWN = 8
#: The door at which the guard sits, kept with the session.
_DOOR = "desk_door"


@site_page(_VIEW)
@require_GET
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the desk: the search, the door of the desk, and who is inside and overdue."""
    doors = list(doors_at(site))
    if "door" in request.GET:
        request.session[_DOOR] = whole_number(request.GET["door"])
    context: dict[str, Any] = {"doors": doors, "door": _door(request, doors)}
    if DoorPermission.VIEW_VISITORS in request.site_permissions:
        inside = visits.visits(site).filter(visits.is_inside())
        context["overdue"] = inside.filter(visits.is_overdue()).order_by("ends_at")[:_SHOWN]
        context["inside"] = VisitorPass.objects.filter(visits.is_inside(), site=site).count()
        context["latest"] = inside.exclude(visits.is_overdue()).order_by("-entered_at")[:_SHOWN]
    return render_page(request, "console/doors/desk/page.html", context, _HERE)


@site_page(_VIEW)
@require_POST
def find(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people whom the posted text names."""
    text = request.POST.get("q", "").replace("\0", "").strip()[:_LONGEST]
    people = desk.found(site, text) if text else []
    context = {"people": people, "text": text}
    return render_fragment(request, "console/doors/desk/found.html", context)


@site_page(_VIEW)
def person(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a person without a picture, and whether they may come in here; audit the view."""
    rows = Person.objects.filter(site=site, erased_at=None).prefetch_related(running(site))
    found = get_object_or_404(rows.select_related("site"), pk=pk)
    audit.record_read(site, request.user, "read person at desk", ("person", pk))
    door = _door(request, list(doors_at(site)))
    context = {
        "person": found,
        "held": desk.credentials_of(found),
        "verdict": desk.verdict(found, door) if door else None,
    }
    return render_fragment(request, "console/doors/desk/person.html", context)


def _door(request: SiteRequest, doors: list[Door]) -> Door | None:
    """Return the door of the desk: the one chosen last at this site, or the first."""
    chosen = request.session.get(_DOOR)
    return next((door for door in doors if door.pk == chosen), doors[0] if doors else None)
