"""The overview: figures of all areas on one page, or on a display on the wall."""

from typing import Any

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string

from console.liaison_front import leads_liaisons_on
from console.pages import render_page
from core.models import Site
from core.permissions import SitePermission
from ui import sections
from ui.pages import SiteRequest, permission_flags, render_fragment, site_page


@leads_liaisons_on
@site_page(SitePermission.VIEW_SITE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the permitted figures; with ``?wall=1`` on the whole screen, without navigation."""
    found = sections.figures(sections.sections_of("console"), request.site_permissions)
    context = {"figures": [_rendered(request, each) for each in found]}
    if request.GET.get("wall") != "1":
        return render_page(request, "console/overview/page.html", context, "overview")
    # A display has nobody to sign in again: each load of the page extends its session.
    request.session.modified = True
    return render_fragment(request, "console/overview/wall.html", context)


@site_page(SitePermission.VIEW_SITE)
def figure(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the figure of that ``name`` as it is now."""
    name = request.GET.get("name", "")
    permitted = sections.figures(sections.sections_of("console"), request.site_permissions)
    found = next((each for each in permitted if each.name == name), None)
    if found is None:
        raise Http404(f"no figure {name} for this user")
    return HttpResponse(_rendered(request, found)["html"])


def _rendered(request: SiteRequest, figure: sections.Figure) -> dict[str, Any]:
    common = {"site": request.site, "can": permission_flags(request.site_permissions)}
    return {
        "figure": figure,
        "html": render_to_string(
            figure.template, {**common, **figure.context(request.site)}, request
        ),
        "events": " ".join(f"live:{name}" for name in sections.topic_names([figure])),
    }
