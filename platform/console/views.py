"""The start of a person's work, and the counts beside the navigation."""

import json

from django.http import HttpResponse
from django.shortcuts import redirect

from console.liaison_front import leads_liaisons_on
from core.models import Site
from core.notifications import selectors
from core.permissions import SitePermission
from ui.notifications import BADGE
from ui.pages import SiteRequest, render_fragment, site_page
from ui.sections import badge_counts, section_of_page, sections_of, start_page


@leads_liaisons_on
@site_page(SitePermission.VIEW_SITE)
def start(request: SiteRequest, site: Site) -> HttpResponse:
    """Redirect to the page where a person with these permissions starts."""
    name = start_page(sections_of("console"), request.site_permissions, otherwise="overview")
    return redirect(f"console:{name}", slug=site.slug)


@site_page(SitePermission.VIEW_SITE)
def help_text(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the help of the area to which the ``page`` of the navigation belongs."""
    section = section_of_page(sections_of("console"), request.GET.get("page", ""))
    return render_fragment(request, "console/help.html", {"section": section})


@site_page(SitePermission.VIEW_SITE)
def counts(request: SiteRequest, site: Site) -> HttpResponse:
    """Send the page the current counts of its badges."""
    own = {BADGE: selectors.unread(request.user)}
    badges = badge_counts(sections_of("console"), site, request.site_permissions, own)
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"badges": badges})})
