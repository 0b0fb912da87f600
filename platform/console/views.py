"""The start page and the counts beside the navigation."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.models import Site
from core.permissions import SitePermission, sites_of
from ui.pages import SiteRequest, site_page
from ui.sections import badge_counts, sections_of


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """List the user's sites, or redirect to the only one."""
    sites = list(sites_of(request.user))
    if len(sites) == 1:
        return redirect("console:map", slug=sites[0].slug)
    return render(request, "console/sites.html", {"sites": sites})


@site_page(SitePermission.VIEW_SITE)
def counts(request: SiteRequest, site: Site) -> HttpResponse:
    """Send the page the current counts of its badges."""
    badges = badge_counts(sections_of("console"), site, request.site_permissions)
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"badges": badges})})
