"""What the search box finds: pages, actions, and things of the areas that declare a provider.

The text is posted, since it may be a plate or a name, which no address may hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.models import Site
from core.permissions import SitePermission
from ui.pages import SiteRequest, render_fragment, site_page
from ui.sections import (
    Action,
    Hit,
    NavItem,
    Text,
    actions,
    navigation,
    search_providers,
    sections_of,
)

_LONGEST = 60
_MOST = 5


@dataclass(frozen=True)
class Group:
    """The hits of one kind."""

    label: Text
    hits: list[Hit]


@site_page(SitePermission.VIEW_SITE)
@require_POST
def find(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the hits for the posted text."""
    text = request.POST.get("text", "").replace("\0", "").strip()[:_LONGEST]
    groups = [group for group in _groups(request, site, text) if group.hits] if text else []
    context = {"groups": groups, "text": text}
    return render_fragment(request, "console/quick_search/hits.html", context)


def _groups(request: SiteRequest, site: Site, text: str) -> Iterable[Group]:
    sections, permissions = sections_of("console"), request.site_permissions
    items = [item for _label, found in navigation(sections, permissions, site) for item in found]
    yield Group(_("Pages"), [_page(site, each) for each in _named(items, text)])
    doable = actions(sections, permissions)
    yield Group(_("Actions"), [_page(site, each) for each in _named(doable, text)])
    for provider in search_providers(sections, permissions):
        yield Group(provider.label, provider.find(site, text, _MOST))


def _named(items: Iterable[NavItem] | Iterable[Action], text: str) -> list[NavItem | Action]:
    return [item for item in items if text.lower() in str(item.label).lower()][:_MOST]


def _page(site: Site, item: NavItem | Action) -> Hit:
    address = reverse(f"console:{item.url_name}", args=[site.slug])
    return Hit(item.label, address, icon=item.icon, dialog=isinstance(item, Action))
