"""What every page of the console has in common: the site, its clock, its navigation."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_htmx.middleware import HtmxDetails

from access.permissions import AccessPermission
from console.badges import badges
from core.clock import zone
from core.models import Site, User
from core.permissions import SitePermission, site_view
from devices.permissions import DevicePermission
from incidents.permissions import IncidentPermission
from metering.permissions import MeteringPermission
from parking.permissions import ParkingPermission


class SiteRequest(HttpRequest):
    """A request that core.permissions.site_view let through: it knows its site."""

    user: User
    site: Site  # type: ignore[assignment]
    site_permissions: frozenset[str]
    htmx: HtmxDetails


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation; its ``badge`` names a count of console.views.badges."""

    name: str
    label: str | Promise
    icon: str
    permission: str
    badge: str = ""
    on_phone: bool = False

    @property
    def address(self) -> str:
        """The name of its address."""
        return f"console:{self.name}"


_ON_PHONE = 5  # so many have room beside one another on 360 pixels
NAV: list[tuple[str | Promise, list[NavItem]]] = [
    (
        _("Gate"),
        [
            NavItem("map", _("Map"), "map-2", SitePermission.VIEW_SITE, on_phone=True),
            NavItem(
                "lanes",
                _("Lanes"),
                "barrier-block",
                ParkingPermission.VIEW_STAYS,
                "held",
                on_phone=True,
            ),
            NavItem("stays", _("Stays"), "parking", ParkingPermission.VIEW_STAYS, on_phone=True),
            NavItem("access", _("Access"), "id-badge-2", AccessPermission.MANAGE_LISTS),
        ],
    ),
    (
        _("Watch"),
        [
            NavItem(
                "incidents",
                _("Incidents"),
                "alert-triangle",
                IncidentPermission.VIEW_INCIDENTS,
                "incidents",
                on_phone=True,
            ),
            NavItem(
                "watch_list",
                _("Watch-list"),
                "eye-exclamation",
                IncidentPermission.MANAGE_WATCH_LIST,
            ),
        ],
    ),
    (
        pgettext_lazy("navigation", "Field"),
        [
            NavItem("devices", _("Devices"), "device-cctv", DevicePermission.VIEW_DEVICES),
            NavItem(
                "dead_letters",
                _("Dead letters"),
                "mail-x",
                DevicePermission.REPLAY_DEAD_LETTERS,
                "dead_letters",
            ),
        ],
    ),
    (
        _("Money"),
        [
            NavItem("tariffs", _("Tariffs"), "receipt-2", ParkingPermission.MANAGE_TARIFFS),
            NavItem("meters", _("Meters"), "gauge", MeteringPermission.VIEW_METERS, "readings"),
        ],
    ),
]


def site_page(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn ``view(request, site, …)`` into a console view, its times on the site's own clock.

    Who may see it is core.permissions.site_view's rule.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @site_view(permission)
        @wraps(view)
        def on_site_clock(request: SiteRequest, site: Site, *args: Any, **kwargs: Any) -> Any:
            if "%00" in request.META.get("QUERY_STRING", ""):
                raise BadRequest("the address holds a NUL, which no database looks for")
            with timezone.override(zone(site.timezone)):
                answer = view(request, site, *args, **kwargs)
            # Whose car was where is personal: no cache keeps it, and a fragment is always fresh.
            answer.headers.setdefault("Cache-Control", "private, no-store")
            return answer

        return on_site_clock

    return decorate


def allowed(request: SiteRequest) -> frozenset[str]:
    """Return what the person may do at the page's site, as site_view found it."""
    return request.site_permissions


def show(
    request: SiteRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page or a fragment of a site, with what its templates need to know of it."""
    known = {"site": request.site, "can": _can(request)}
    return render(request, template, {**known, **context}, status=status)


def show_page(
    request: SiteRequest, template: str, context: dict[str, Any], here: str, status: int = 200
) -> HttpResponse:
    """Render a whole page of a site; ``here`` is its entry in the navigation."""
    nav = navigation(request)
    around = {
        "nav": nav,
        "most_used": most_used(nav),
        "badges": badges(request.site, allowed(request)),
        "here": here,
    }
    return show(request, template, {**around, **context}, status)


def notice(response: HttpResponse, text: str, *events: str) -> HttpResponse:
    """Have the page say something in its notices, and let it hear of further events."""
    response["HX-Trigger"] = json.dumps({"notice": {"text": text}, **dict.fromkeys(events, True)})
    return response


def go_to(request: SiteRequest, name: str, *args: Any) -> HttpResponse:
    """Send the browser to a page of the site, whether it asked itself or htmx asked for it."""
    address = reverse(f"console:{name}", args=args)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponse(status=303, headers={"Location": address})


def navigation(request: SiteRequest) -> list[tuple[str | Promise, list[NavItem]]]:
    """Return the groups of the navigation with the entries that the person may open."""
    mine = allowed(request)
    groups = ((label, [item for item in items if item.permission in mine]) for label, items in NAV)
    return [(label, items) for label, items in groups if items]


def most_used(nav: list[tuple[str | Promise, list[NavItem]]]) -> list[NavItem]:
    """Return what stands at the foot of a telephone's screen: what its hand needs first.

    Who has few of these gets others of the navigation beside them.
    """
    mine = [item for _label, items in nav for item in items]
    first = [item for item in mine if item.on_phone]
    return [*first, *(item for item in mine if not item.on_phone)][:_ON_PHONE]


def _can(request: SiteRequest) -> dict[str, dict[str, bool]]:
    """Return the person's permissions by room and name: ``can.parking.view_stays``."""
    can: dict[str, dict[str, bool]] = {}
    for code in allowed(request):
        room, _dot, name = code.partition(".")
        can.setdefault(room, {})[name] = True
    return can
