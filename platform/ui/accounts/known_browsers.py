"""Browsers in which a user has signed in before, known by a signed cookie.

The cookie signs nobody in. It only has attempts for this user in this browser counted by
themselves, so that a stranger's failures don't delay the user (core.sign_in).
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import get_random_string

from core.models import User

COOKIE = "known_browser"
_SALT = "ui.known_browsers"
_AGE = 180 * 86_400  # seconds
_MOST_USERS = 5  # of one shared browser; the cookie stays small


def browser_mark(request: HttpRequest, name: str) -> str:
    """Return the mark of this browser for the user of that name; empty if it isn't known."""
    marks = _marks(request)
    user = User.objects.filter(username=name).first() if marks else None
    mark = marks.get(str(user.pk)) if user else None
    return f"{user.pk}:{mark}" if user and mark else ""


def is_known_browser(request: HttpRequest, user: User) -> bool:
    """Return whether the user has signed in in this browser before."""
    return str(user.pk) in _marks(request)


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Set the cookie that makes this browser known for the user who signed in."""
    marks = _marks(request)
    mark = marks.pop(str(user.pk), None) or get_random_string(22)
    kept = list(marks.items())[-(_MOST_USERS - 1) :]
    response.set_cookie(
        COOKIE,
        signing.dumps(dict([*kept, (str(user.pk), mark)]), salt=_SALT),
        max_age=_AGE,
        path=reverse(settings.LOGIN_URL),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _marks(request: HttpRequest) -> dict[str, Any]:
    """Return the marks in the cookie by the user's id, the latest last."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_AGE)
    except signing.BadSignature:
        return {}
    return dict(found)
