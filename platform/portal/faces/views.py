"""A resident's face at doors: what it means, consent, where it is stored, and withdrawal."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.errors import Rejection
from doors.faces import confirmations, other_means, selectors, withdrawal
from doors.faces.photos import LONGEST, has_photo
from doors.faces.purposes import FACE_DOORS, FACE_PHOTO, PHOTO
from doors.models.faces import PURPOSE
from people.consents import Purpose, has_consented, record_statement
from people.models import ConsentStatement, Person
from portal.faces.subjects import children_of, guardian_for, needs_guardian, subject_or_404
from portal.residents import HomeRequest, home_page, render_home
from ui.query_params import whole_number
from ui.rejections import sentences

HERE, CHANNEL = "doors", "portal"
_GIVEN = ConsentStatement.State.GIVEN


@require_GET
@home_page
def faces(request: HomeRequest) -> HttpResponse:
    """Show the resident's own face, or whose faces there are to choose from."""
    people = [request.person, *children_of(request.person)]
    if len(people) == 1:
        return redirect("portal:own_face", request.binding.pk, request.person.pk)
    rows = [(each, selectors.enrolment_of(each)) for each in people]
    return render_home(request, "portal/faces/people.html", {"people": rows}, here=HERE)


@require_GET
@home_page
def face(request: HomeRequest, pk: int) -> HttpResponse:
    """Show what enrolment means and how far it is for a person."""
    return face_page(request, subject_or_404(request, pk))


@require_GET
@home_page
def terminals(request: HomeRequest, pk: int) -> HttpResponse:
    """Render which terminals have the face or have confirmed its deletion, for an open page."""
    subject = subject_or_404(request, pk)
    context = {"binding": request.binding, "subject": subject, **_progress(subject)}
    return render(request, "portal/faces/terminals.html", context)


@require_POST
@home_page
def agree(request: HomeRequest, pk: int) -> HttpResponse:
    """Record the consent; without another way in, or without the engine, none is taken."""
    subject = subject_or_404(request, pk)
    problem = selectors.obstacle_of(subject) or _record(request, subject, FACE_DOORS)
    if problem is not None:
        return face_page(request, subject, sentences(problem))
    return redirect("portal:enrol_own_face", request.binding.pk, pk)


@require_POST
@home_page
def keep_photo(request: HomeRequest, pk: int) -> HttpResponse:
    """Record that the photo may be kept for replaced terminals, or may not any more."""
    subject = subject_or_404(request, pk)
    if request.POST.get("keep") != "yes":
        withdrawal.withdraw_photo(subject, request.user, channel=CHANNEL)
        messages.success(request, _("The photo is deleted. The face goes on opening doors."))
    elif has_consented(subject, PURPOSE):
        problem = _record(request, subject, FACE_PHOTO)
        if problem is not None:
            return face_page(request, subject, sentences(problem))
        messages.success(request, _("Saved."))
    return _to_face(request, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def withdraw(request: HomeRequest, pk: int) -> HttpResponse:
    """Say what withdrawing the consent does, and withdraw it."""
    subject = subject_or_404(request, pk)
    if request.method == "POST":
        withdrawal.withdraw(subject, request.user, channel=CHANNEL)
        return _to_face(request, pk)
    context = {"subject": subject, "terminals": confirmations.loaded_of(subject)}
    return render_home(request, "portal/faces/withdraw.html", context, here=HERE)


def face_page(request: HomeRequest, subject: Person, problem: str = "") -> HttpResponse:
    """Render the page of a person's face; with a problem, as a rejected form."""
    obstacle = selectors.obstacle_of(subject)
    context = {
        "subject": subject,
        "problem": problem,
        "obstacle": obstacle,
        "needs_means": obstacle is not None and obstacle.code.startswith("no_other_means"),
        "needs_guardian": needs_guardian(request, subject),
        "guardian": guardian_for(request, subject),
        "doors": other_means.doors_by_face(subject),
        "consented": has_consented(subject, PURPOSE),
        "keeps_photo": has_consented(subject, PHOTO),
        "has_photo": has_photo(subject),
        "photo_days": LONGEST.days,
        "purpose": FACE_DOORS,
        "photo_purpose": FACE_PHOTO,
        **_progress(subject),
    }
    status = 422 if problem else 200
    return render_home(request, "portal/faces/face.html", context, here=HERE, status=status)


def _progress(subject: Person) -> dict[str, Any]:
    enrolment = selectors.enrolment_of(subject)
    found = confirmations.loaded_of(subject) if enrolment else []
    return {
        "enrolment": enrolment,
        "loaded": found,
        "loading": any(each.confirmed_at is None for each in found),
        "needs_photo": any(each.needs_photo for each in found),
        "deletion": confirmations.deletion_of(subject),
    }


def _record(request: HomeRequest, subject: Person, purpose: Purpose) -> Rejection | None:
    """Record a consent to the text that was shown; return why it can't be recorded."""
    shown = whole_number(request.POST.get("version", ""))
    if request.POST.get("agree") != "yes" or shown != purpose.version:
        return Rejection(
            "agree",
            "not_agreed",
            _("the consent was not given"),
            _("read the text, and tick that you agree"),
        )
    try:
        record_statement(
            subject,
            request.user,
            purpose=purpose.code,
            state=_GIVEN,
            at=clock.now(),
            channel=CHANNEL,
            text_version=shown,
            guardian=guardian_for(request, subject),
        )
    except Rejection as rejection:
        return rejection
    return None


def _to_face(request: HomeRequest, pk: int) -> HttpResponse:
    return redirect("portal:own_face", request.binding.pk, pk)
