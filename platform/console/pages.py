"""Whole pages of the console: the layout's navigation and badges around an area's content."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse

from core.notifications import selectors
from ui.notifications import BADGE
from ui.pages import SiteRequest, render_fragment
from ui.sections import (
    NavItem,
    Text,
    badge_counts,
    badge_topics,
    banners_of,
    navigation,
    sections_of,
)

_ON_PHONE = 5  # as many as fit side by side on 360 pixels


def render_page(
    request: SiteRequest, template: str, context: dict[str, Any], here: str, status: int = 200
) -> HttpResponse:
    """Render a whole page of a site.

    Args:
        here: the URL name of the navigation item that is marked as current.
    """
    sections, permissions = sections_of("console"), request.site_permissions
    groups = navigation(sections, permissions, request.site)
    own = {BADGE: selectors.unread(request.user)}
    badges = badge_counts(sections, request.site, permissions, own)
    layout = {
        "nav": groups,
        "most_used": most_used(groups),
        "unread_notifications": badges.pop(BADGE),
        "badges": badges,
        "badge_topics": badge_topics(sections, permissions),
        "here": here,
        "banners": banners_of(sections, permissions, request.site, here),
    }
    # It is on the page twice: at the side, and in the menu of a phone.
    rail = render_to_string("console/nav.html", {"site": request.site, **layout}, request)
    return render_fragment(request, template, {**layout, "rail": rail, **context}, status)


def render_list(
    request: SiteRequest, here: str, template: str = "console/list.html"
) -> Callable[[dict[str, Any]], HttpResponse]:
    """Return what renders the page of a list, for `ui.lists.list_page`."""
    return lambda context: render_page(request, template, context, here)


def redirect_to(request: SiteRequest, name: str, *args: Any) -> HttpResponse:
    """Redirect the browser to a console page, after a plain request or one by htmx."""
    address = reverse(f"console:{name}", args=args)
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def most_used(groups: list[tuple[Text, list[NavItem]]]) -> list[NavItem]:
    """Return the items for the foot of a phone's screen.

    Those marked ``on_phone`` come first; other permitted items fill the free places.
    """
    permitted = [item for _label, items in groups for item in items]
    first = [item for item in permitted if item.on_phone]
    return [*first, *(item for item in permitted if not item.on_phone)][:_ON_PHONE]
