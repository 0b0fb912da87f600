"""The audit log, and what happened to one thing."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from console.audit_labels import action_label
from console.audit_log.details import described
from console.audit_log.listing import AUDIT
from console.pages import render_list
from core import audit
from core.models import Site
from core.permissions import SitePermission
from ui.lists import list_page
from ui.pages import SiteRequest, render_fragment, site_page

_SHOWN = 50


@site_page(SitePermission.VIEW_AUDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List who did or viewed what."""
    return list_page(request, AUDIT, render_list(request, "audit_log"))


@site_page(SitePermission.VIEW_AUDIT)
def history(request: SiteRequest, site: Site) -> HttpResponse:
    """Show what happened to one thing, newest first, on its own page."""
    kind, subject = request.GET.get("kind", ""), request.GET.get("subject", "")
    entries = audit.history(site, (kind, subject)).order_by("-at", "-pk")[: _SHOWN + 1]
    lines = [
        (each, action_label(each.action), described(each.detail, site.currency)) for each in entries
    ]
    context = {
        "lines": lines[:_SHOWN],
        "more": len(lines) > _SHOWN,
        "kind": kind,
        "subject": subject,
    }
    return render_fragment(request, "console/audit_log/history.html", context)
