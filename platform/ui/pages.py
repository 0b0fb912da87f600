"""Pages and fragments of a site: the request, its permissions, the site's clock."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django_htmx.middleware import HtmxDetails

from core.clock import zone
from core.models import Site, User
from core.permissions import site_view

Text = str | Promise


class SiteRequest(HttpRequest):
    """A request that `core.permissions.site_view` permitted; it carries its site."""

    user: User
    site: Site  # type: ignore[assignment]
    site_permissions: frozenset[str]
    htmx: HtmxDetails


def site_page(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn ``view(request, site, …)`` into a view of one site, in the site's time zone.

    Who may open it is decided by `core.permissions.site_view`.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @site_view(permission)
        @wraps(view)
        def in_site_zone(request: SiteRequest, site: Site, *args: Any, **kwargs: Any) -> Any:
            if "%00" in request.META.get("QUERY_STRING", ""):
                raise BadRequest("the query string contains a NUL, which PostgreSQL rejects")
            with timezone.override(zone(site.timezone)):
                response = view(request, site, *args, **kwargs)
            # Pages show whose car was where: no cache may store them, and fragments stay fresh.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        return in_site_zone

    return decorate


def render_fragment(
    request: SiteRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a template with the site and the user's permissions (``can``) in its context."""
    common = {"site": request.site, "can": permission_flags(request.site_permissions)}
    return render(request, template, {**common, **context}, status=status)


@dataclass(frozen=True)
class Notice:
    """A message that a page shows for some seconds; a warning for a minute."""

    text: Text
    kind: str = "info"


def add_notice(response: HttpResponse, notice: Text | Notice, *events: str) -> HttpResponse:
    """Have the page show a notice and trigger further events on its body."""
    shown = notice if isinstance(notice, Notice) else Notice(notice)
    detail = {"text": str(shown.text), "kind": shown.kind}
    response["HX-Trigger"] = json.dumps({"notice": detail, **dict.fromkeys(events, True)})
    return response


def permission_flags(codes: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Return permissions by room and name, for templates: ``can.parking.view_stays``."""
    flags: dict[str, dict[str, bool]] = {}
    for code in codes:
        room, _dot, name = code.partition(".")
        flags.setdefault(room, {})[name] = True
    return flags
