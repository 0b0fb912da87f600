"""The header Permissions-Policy: no page may use camera or microphone, but those that need it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Permissions-Policy"
NOTHING = "camera=(), geolocation=(), microphone=()"
CAMERA = "camera=(self), geolocation=(), microphone=()"


class PermissionsPolicy:
    """Middleware: forbid camera, microphone and place, unless the view has set the header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the header."""
        response = self.get_response(request)
        response.headers.setdefault(HEADER, NOTHING)
        return response


def allow_camera(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a page use the camera of its visitor's device."""

    @wraps(view)
    def allowing(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers[HEADER] = CAMERA
        return response

    return allowing
