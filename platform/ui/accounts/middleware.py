"""A user whose password was generated sees no page before it is changed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

_ALLOWED = {"password", "login", "logout", "set_language"}


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
