"""Who is enrolled, and how far enrolment or deletion is for one person. No picture is shown."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST

from console.faces.listing import FACES
from console.faces.subjects import person_or_404
from console.holder_picker import posted_search
from console.pages import render_list, render_page
from core import audit, clock
from core.models import Site
from doors.faces import confirmations, engine, filing, other_means, selectors
from doors.faces.photos import has_photo
from doors.faces.purposes import PHOTO
from doors.models.faces import PURPOSE
from doors.permissions import DoorPermission
from people.consents import consents_of, is_child
from ui.lists import list_page
from ui.pages import SiteRequest, render_fragment, site_page

HERE, MANAGE = "faces", DoorPermission.MANAGE_FACES


@site_page(MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List who is enrolled, with the operator's count and the state of the engine."""
    render = render_list(request, HERE, "console/faces/list.html")
    extra = {
        "count": filing.count_of(site.organisation),
        "warning_at": filing.WARNING_AT,
        "filing_at": filing.FILING_AT,
        "engine_problem": engine.problem(),
    }
    return list_page(request, FACES, lambda context: render({**context, **extra}))


@site_page(MANAGE)
@require_POST
def find_people(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people who match the posted name."""
    found = posted_search(request, site, people_only=True)
    return render_fragment(request, "console/people_found.html", found)


@site_page(MANAGE)
def person(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a person's consents, enrolment and terminals, and audit the view."""
    found = person_or_404(site, pk)
    audit.record_read(site, request.user, "read face enrolment", ("person", pk))
    states = {each.purpose.code: each for each in consents_of(found)}
    enrolment = selectors.enrolment_of(found)
    context: dict[str, Any] = {
        "person": found,
        "is_child": is_child(found, clock.now()),
        "enrolment": enrolment,
        "consent": states[PURPOSE],
        "photo_consent": states[PHOTO],
        "has_photo": has_photo(found),
        "obstacle": selectors.obstacle_of(found),
        "doors": other_means.doors_by_face(found),
        "loaded": confirmations.loaded_of(found) if enrolment else [],
        "deletion": confirmations.deletion_of(found),
    }
    return render_page(request, "console/faces/person.html", context, HERE)
