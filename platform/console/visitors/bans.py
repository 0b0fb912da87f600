"""The ban list: who is to see the guard, its approval by a second person, and its end."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from console.pages import render_page
from console.visitors.forms import BanForm
from core import audit, clock
from core.models import Site
from doors.models import VisitorBan
from doors.permissions import DoorPermission
from doors.visits import bans
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm
from ui.pages import SiteRequest, site_page
from ui.tables import paginate

_PERMISSION = DoorPermission.SET_VISIT_RULES
CHANGED = ["list-changed"]


@site_page(_PERMISSION)
@require_GET
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the bans of a site, and audit the view."""
    audit.record_read(site, request.user, "read visitor bans", ("site", site.pk))
    rows = bans.bans(site).order_by("-ends_at", "-pk")
    context = {"page": paginate(request, rows), "now": clock.now()}
    return render_page(request, "console/visitors/bans.html", context, "visits")


@dialog_page(_PERMISSION)
def add(request: SiteRequest, site: Site) -> Change:
    """Add a ban; it takes effect when another person approves it."""
    return Change(
        Dialog(
            title=_("Ban a visitor"),
            lead=_("It takes effect once another person has approved it."),
            button=_("Add"),
        ),
        BanForm(request.POST or None),
        lambda data: bans.add_ban(site, request.user, **data),
        _("Entry added. It is waiting for approval."),
        CHANGED,
    )


@dialog_page(_PERMISSION)
def approve(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve a ban that another person has added."""
    ban = _ban(site, pk)
    return Change(
        Dialog(
            title=_("Approve the ban"),
            lead=_("Visits of this visitor wait for the guard from now on."),
            button=_("Approve"),
        ),
        confirm_form(request),
        lambda _data: bans.approve_ban(ban, request.user),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_PERMISSION)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a ban before its time."""
    ban = _ban(site, pk)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(title=_("End the ban"), button=pgettext_lazy("a visit", "End")),
        ReasonForm(data),
        lambda values: bans.end_ban(ban, request.user, values["reason"]),
        _("Saved."),
        CHANGED,
    )


def _ban(site: Site, pk: int) -> VisitorBan:
    return get_object_or_404(bans.bans(site), pk=pk)
