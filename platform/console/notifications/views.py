"""The record of notifications."""

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from console.notifications.listing import NOTIFICATIONS
from console.pages import render_list
from core.models import Site
from core.permissions import SitePermission
from ui.lists import list_page
from ui.pages import SiteRequest, site_page


@site_page(SitePermission.VIEW_NOTIFICATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List who was notified of what, when and how."""
    return list_page(request, NOTIFICATIONS, render_list(request, "sent_notifications"))
