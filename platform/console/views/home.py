"""The start: the person's sites, and the counts beside the navigation."""

import json

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from console.badges import badges
from console.pages import SiteRequest, site_page
from core.models import Site
from core.permissions import SitePermission, sites_of


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """List the person's sites; go on to the only one where there is one."""
    sites = list(sites_of(request.user))
    if len(sites) == 1:
        return redirect("console:map", slug=sites[0].slug)
    return render(request, "console/sites.html", {"sites": sites})


@site_page(SitePermission.VIEW_SITE)
def counts(request: SiteRequest, site: Site) -> HttpResponse:
    """Tell the page the counts of its navigation."""
    found = badges(site, request.site_permissions)
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"badges": found})})
