"""What the pages that enrol a face share: frames that were posted, and hints from the engine."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from core.errors import Rejection
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from doors.faces import enrolment, labels
from doors.models.faces import PURPOSE
from people.consents import has_consented
from people.models import Person
from ui.rejections import sentences
from ui.waiting import wait_text

#: Frames that one person has judged while looking into the camera: a minute has about 60.
FRAMES = Limit("face-frames", free=600, first_s=1, longest_s=60, window_s=600)


def posted_frames(request: HttpRequest) -> list[bytes]:
    """Return the frames of a posted form; one more than allowed at most, the rest is not read."""
    files = request.FILES.getlist("frames")[: enrolment.MOST_FRAMES + 1]
    return [file.read() for file in files]


def judge_response(request: HttpRequest, person: Person) -> JsonResponse:
    """Judge the frame in a request's body: whether it suffices, and else what to do.

    Without the person's consent nothing is judged.
    """
    try:
        count_attempt((FRAMES, str(person.pk)))
        if not has_consented(person, PURPOSE):
            raise enrolment.no_consent()
        flaws = enrolment.judge(_body(request)).flaws
    except TooManyAttempts as error:
        return _answer(wait_text(error.wait_s), status=429)
    except Rejection as rejection:
        return _answer(sentences(rejection), status=422)
    return _answer(labels.hint_of(flaws[0])) if flaws else _answer(_("Hold still"), suffices=True)


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RequestDataTooBig:
        raise enrolment.too_large() from None


def _answer(hint: str, *, suffices: bool = False, status: int = 200) -> JsonResponse:
    hint = hint[:1].upper() + hint[1:]
    return JsonResponse({"suffices": suffices, "hint": hint}, status=status)
