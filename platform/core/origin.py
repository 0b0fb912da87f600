"""Refuse WebSockets that a page of another origin opens with the visitor's cookies."""

import io
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.utils.http import is_same_domain

Application = Callable[..., Awaitable[None]]


class SameOriginOnly:
    """ASGI middleware: the Origin's scheme, host and port must be the site's own, or trusted.

    Channels' AllowedHostsOriginValidator compares the host alone, so that a page served on another
    port of the same machine, or over plain HTTP, could open the channel.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the connection on, or deny it."""
        allowed = is_allowed(_request(scope), _origin(scope))
        await (self.application if allowed else WebsocketDenier())(scope, receive, send)


def is_allowed(request: HttpRequest, origin: str) -> bool:
    """Return whether the origin is the request's own or one of CSRF_TRUSTED_ORIGINS."""
    try:
        own = f"{request.scheme}://{request.get_host()}"
    except DisallowedHost:
        return False
    return origin == own or any(_matches(origin, each) for each in settings.CSRF_TRUSTED_ORIGINS)


def _matches(origin: str, trusted: str) -> bool:
    """Compare with a trusted origin, which may begin its host with ``*.`` for all subdomains."""
    one, other = urlsplit(origin), urlsplit(trusted)
    pattern = other.netloc.removeprefix("*")
    return one.scheme == other.scheme and is_same_domain(one.netloc, pattern)


def _request(scope: dict[str, Any]) -> HttpRequest:
    """Return the opening handshake as the HTTP request that it is, to read its host and scheme."""
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    return ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, io.BytesIO())


def _origin(scope: dict[str, Any]) -> str:
    return dict(scope["headers"]).get(b"origin", b"").decode("latin1").lower()
