"""The camera of the desk: the page, the hints, and the photos of a person who is present."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.faces.dialogs import CHANNEL
from console.faces.subjects import person_or_404
from console.faces.views import HERE, MANAGE
from console.pages import redirect_to, render_page
from core.errors import Rejection
from core.models import Site
from doors.faces import enrolment
from ui.face_camera import judge_response, posted_frames
from ui.memory_uploads import in_memory_uploads
from ui.pages import SiteRequest, site_page
from ui.permissions_policy import allow_camera
from ui.rejections import sentences


@in_memory_uploads
@allow_camera
@site_page(MANAGE)
def enrol(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show the camera, or enrol the person by the best of the posted frames."""
    person = person_or_404(site, pk)
    context: dict[str, Any] = {"person": person}
    try:
        enrolment.require_ready(person)
        if request.method == "POST":
            enrolment.enrol(person, request.user, posted_frames(request), channel=CHANNEL)
            messages.success(request, _("Enrolled."))
            return redirect_to(request, "person_face", site.slug, pk)
    except Rejection as rejection:
        if rejection.field != "photo" or request.method != "POST":
            messages.error(request, sentences(rejection))
            return redirect_to(request, "person_face", site.slug, pk)
        context["problem"] = sentences(rejection)
    status = 422 if "problem" in context else 200
    return render_page(request, "console/faces/photo.html", context, HERE, status)


@site_page(MANAGE)
@require_POST
def judge(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Say whether the frame in the body suffices, or what to do; nothing is stored."""
    return judge_response(request, person_or_404(site, pk))
