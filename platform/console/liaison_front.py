"""Who has the liaison's pages alone, and is led there from the front of a site."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect

from core.permissions import SitePermission, permissions_at, site_or_404
from incidents.permissions import IncidentPermission


def is_liaison(held: Collection[str]) -> bool:
    """Return whether a person with these permissions at a site has the liaison's pages alone."""
    return IncidentPermission.VIEW_DISPATCHED in held and SitePermission.VIEW_SITE not in held


def leads_liaisons_on(view: Callable[..., Any]) -> Callable[..., Any]:
    """Redirect liaisons from a view of a site (`ui.pages.site_page`) to their own pages."""

    @login_required
    @wraps(view)
    def led_on(request: Any, slug: str, *args: Any, **kwargs: Any) -> Any:
        if is_liaison(permissions_at(request.user, site_or_404(request.user, slug))):
            return redirect("console:dispatched", slug=slug)
        return view(request, slug, *args, **kwargs)

    return led_on
