"""The camera of enrolment: the page, the hints while somebody looks into it, and the photos."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Rejection
from doors.faces import enrolment
from portal.faces.subjects import subject_or_404
from portal.faces.views import CHANNEL, HERE
from portal.residents import HomeRequest, home_page, render_home
from ui.face_camera import judge_response, posted_frames
from ui.memory_uploads import in_memory_uploads
from ui.permissions_policy import allow_camera
from ui.rejections import sentences


@in_memory_uploads
@allow_camera
@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def enrol(request: HomeRequest, pk: int) -> HttpResponse:
    """Show the camera, or enrol the person by the best of the posted frames."""
    subject = subject_or_404(request, pk)
    context: dict[str, Any] = {"subject": subject}
    try:
        enrolment.require_ready(subject)
        if request.method == "POST":
            frames = posted_frames(request)
            enrolment.enrol(subject, request.user, frames, channel=CHANNEL)
            messages.success(request, _("Enrolled."))
            return redirect("portal:own_face", request.binding.pk, pk)
    except Rejection as rejection:
        if rejection.field != "photo" or request.method != "POST":
            messages.error(request, sentences(rejection))
            return redirect("portal:own_face", request.binding.pk, pk)
        context["problem"] = sentences(rejection)
    status = 422 if "problem" in context else 200
    return render_home(request, "portal/faces/photo.html", context, here=HERE, status=status)


@require_POST
@home_page
def judge(request: HomeRequest, pk: int) -> HttpResponse:
    """Say whether the frame in the body suffices, or what to do; nothing is stored."""
    return judge_response(request, subject_or_404(request, pk))
