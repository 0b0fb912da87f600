"""Access of receivers to their own feed: a token, limits, an audit entry, and no cookies."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from core import audit
from core.client_address import client_address
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from incidents.feeds import credentials
from incidents.models import FeedEndpoint

# Requests of one feed; a receiver that polls each second stays below it.
_REQUESTS = Limit("feed-requests", free=120, first_s=1, longest_s=30, window_s=60)
# Requests with a wrong token, by the client's address.
_REFUSALS = Limit("feed-refusals", free=20, first_s=1, longest_s=900, window_s=3600)
# The same message read again by the same feed within this time is logged once.
_REPEATED_READ_S = 600

View = Callable[..., HttpResponse]


def feed_view(*methods: str) -> Callable[[View], View]:
    """Turn ``view(request, endpoint, …)`` into a view below a feed's own address.

    The token stands in ``Authorization: Bearer``. A wrong token, one of another feed and an unknown
    feed are answered alike.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, feed: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return _refused("method_not_allowed", 405, Allow=", ".join(methods))
            try:
                endpoint = _endpoint(request, feed)
                if endpoint is None:
                    count_attempt((_REFUSALS, client_address(request)))
                    return _refused("not_authorised", 401, **{"WWW-Authenticate": "Bearer"})
                count_attempt((_REQUESTS, endpoint.public_id))
            except TooManyAttempts as limit:
                return _refused("too_many_requests", 429, **{"Retry-After": str(limit.wait_s)})
            response = view(request, endpoint, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response

        return guarded

    return decorate


def refusal(code: str, status: int) -> JsonResponse:
    """Return why a request was not answered, as a stable code."""
    return JsonResponse({"code": code}, status=status)


def record_read(endpoint: FeedEndpoint, what: str) -> None:
    """Audit that a receiver read messages; the same within 10 minutes is logged once.

    Args:
        what: the numbers of the messages, such as ``3`` or ``3-9``.
    """
    view = f"feed-read:{endpoint.pk}:{what}"
    if cache.add(view, True, _REPEATED_READ_S):
        subject = ("feed", endpoint.pk)
        audit.record(endpoint.site, f"feed {endpoint.name}", "fetch messages", subject, seq=what)


def _endpoint(request: HttpRequest, feed: str) -> FeedEndpoint | None:
    """Return the feed whose token the request presents, if it is that of the address."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    endpoint = credentials.endpoint_of(token.strip() if scheme.lower() == "bearer" else "")
    public_id = endpoint.public_id if endpoint else ""
    return endpoint if constant_time_compare(public_id, feed) else None


def _refused(code: str, status: int, **headers: str) -> JsonResponse:
    response = refusal(code, status)
    for name, value in headers.items():
        response[name] = value
    return response
