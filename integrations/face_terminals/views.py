"""Hand out an enrolment photo to the terminal that was ordered to load it, once."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from core.client_address import client_address
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from doors.faces import photos

# Addresses without a photo, from one client.
OF_PHOTOS = Limit("face-photos", free=20, first_s=1, longest_s=300, window_s=3600)


@csrf_exempt  # it changes nothing for any other method, and answers them as an unknown address
def photo(request: HttpRequest, token: str) -> HttpResponse:
    """Return a photo by the token in its address; whatever is wrong with that, 404."""
    jpeg = photos.fetch(token) if request.method == "GET" else None
    if jpeg is None:
        return _answer(HttpResponse(status=_status(request)))
    return _answer(HttpResponse(jpeg, content_type="image/jpeg"))


def _status(request: HttpRequest) -> int:
    try:
        count_attempt((OF_PHOTOS, client_address(request)))
    except TooManyAttempts:
        return 429
    return 404


def _answer(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
