"""The state of the installation: `manage.py doctor` in the browser."""

from django.http import HttpResponse

from console.health.labels import part_label
from console.pages import render_page
from core import clock, health
from core.models import Site
from core.permissions import SitePermission
from ui.pages import SiteRequest, site_page


@site_page(SitePermission.VIEW_HEALTH)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the result of each check, the failed ones first."""
    results = health.check()
    rows = [(part_label(result.part), result) for result in results]
    context = {
        "failed": [row for row in rows if not row[1].ok],
        "passed": [row for row in rows if row[1].ok],
        "at": clock.now(),
    }
    return render_page(request, "console/health/page.html", context, "health")
