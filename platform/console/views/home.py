"""The start: the person's sites, and the counts beside the navigation."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from console import badges
from console.pages import SiteRequest, show, site_page
from core.models import Site
from core.permissions import Permission, sites_of


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """List the person's sites; go on to the only one where there is one."""
    sites = list(sites_of(request.user))
    if len(sites) == 1:
        return redirect("console:map", slug=sites[0].slug)
    return render(request, "console/sites.html", {"sites": sites})


@site_page(Permission.VIEW_SITE)
def badge(request: SiteRequest, site: Site, name: str) -> HttpResponse:
    """Answer with one count of the navigation."""
    if name not in badges.COUNTS or badges.COUNTS[name].permission not in request.site_permissions:
        raise Http404(name)
    return show(request, "console/badge.html", {"badge": badges.badge(site, name)})
