"""The site's calendar: its days, and the dialog that adds some."""

from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from console.calendar.forms import DaysForm
from console.calendar.listing import DAYS
from console.pages import render_list
from core.models import Site
from estate import calendar
from estate.permissions import EstatePermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import posted
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, site_page

_MANAGE = EstatePermission.MANAGE_PLACES
CHANGED = ["list-changed"]
bulk = bulk_view(DAYS, _MANAGE)


@site_page(_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the days of the calendar."""
    return list_page(request, DAYS, render_list(request, "calendar", "console/calendar/list.html"))


@dialog_page(_MANAGE)
def add(request: SiteRequest, site: Site) -> Change:
    """Add days to the calendar."""
    form = DaysForm(posted(request))
    return Change(
        Dialog(title=_("Add holidays"), button=_("Add")),
        form,
        lambda _data: calendar.add_days(site, request.user, **form.values()),
        lambda days: (
            ngettext("%(n)s day added.", "%(n)s days added.", len(days)) % {"n": len(days)}
        ),
        CHANGED,
    )
