"""What happens around each request of a signed-in user."""

from collections.abc import Callable

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from core.client_address import client_address
from core.live import session_digest
from core.models import User
from people.second_factor import must_set_up
from people.sign_in_sessions import record_session

_RECORD_EVERY_S = 300
_ALLOWED = {"password", "login", "logout", "set_language", "set_theme"}


class ChangePasswordFirst:
    """Middleware: redirect such a user from every page of the product to the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Redirect, if the user has to change the password first."""
        match = request.resolver_match
        if match is None or match.view_name in _ALLOWED:
            return None
        if not getattr(request.user, "must_change_password", False):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return redirect("password")


class OwnLanguage:
    """Middleware: show a user's pages in the language of the profile, in every browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request in the user's language, where one is chosen."""
        if isinstance(request.user, User) and request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


class SetUpSecondFactor:
    """Middleware: redirect from a page that is refused for want of a required second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Redirect, if a role requires a second factor that the user has not set up."""
        if not isinstance(error, PermissionDenied) or not isinstance(request.user, User):
            return None
        if not must_set_up(request.user):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return redirect("second_factor")


class RecordSession:
    """Middleware: record where a user is signed in, at most once in five minutes per session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, and record its session."""
        response = self.get_response(request)
        key, user = request.session.session_key, request.user
        if key and isinstance(user, User) and cache.add(_seen(key, user), 1, _RECORD_EVERY_S):
            agent = request.headers.get("User-Agent", "").replace("\0", "")
            record_session(user, key, agent, client_address(request))
        return response


def _seen(key: str, user: User) -> str:
    return f"session-seen:{user.pk}:{session_digest(key)}"
