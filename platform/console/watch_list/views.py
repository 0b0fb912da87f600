"""The watch-list: entries, their approval and their end."""

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.pages import render_list
from console.watch_list.forms import WatchForm
from console.watch_list.listing import WATCH_LIST
from core import audit
from core.models import Site
from incidents import services
from incidents.models import WatchEntry
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, site_page

CHANGED = ["list-changed"]


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the watch-list, and audit the view."""
    audit.record_read(site, request.user, "read watch-list", ("site", site.pk))
    render = render_list(request, "watch_list", "console/watch_list/list.html")
    return list_page(request, WATCH_LIST, render)


bulk = bulk_view(WATCH_LIST, IncidentPermission.MANAGE_WATCH_LIST)


@dialog_page(IncidentPermission.MANAGE_WATCH_LIST)
def add_entry(request: SiteRequest, site: Site) -> Change:
    """Add a plate; the entry takes effect when another user approves it."""
    dialog = Dialog(
        title=_("Add plate to the watch-list"),
        lead=_("It takes effect once another person has approved it."),
        button=_("Add"),
    )
    return Change(
        dialog,
        WatchForm(request.POST or None),
        lambda data: services.add_watch_entry(site, request.user, **data),
        _("Entry added. It is waiting for approval."),
        CHANGED,
    )


@dialog_page(IncidentPermission.MANAGE_WATCH_LIST)
def approve_entry(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve an entry."""
    entry = get_object_or_404(WatchEntry, site=site, pk=pk)
    lead = _("You confirm that you have seen document %(number)s.")
    dialog = Dialog(
        title=_("Approve %(plate)s") % {"plate": entry.plate},
        lead=lead % {"number": entry.document_no},
        button=_("Approve"),
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: services.approve_watch_entry(entry, request.user),
        _("Entry approved and in force."),
        CHANGED,
    )


@dialog_page(IncidentPermission.MANAGE_WATCH_LIST)
def end_entry(request: SiteRequest, site: Site, pk: int) -> Change:
    """End an entry."""
    entry = get_object_or_404(WatchEntry, site=site, pk=pk)
    dialog = Dialog(
        title=_("End watch-list entry for %(plate)s") % {"plate": entry.plate},
        button=_("End now"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        ReasonForm(request.POST or None),
        lambda data: services.end_watch_entry(entry, request.user, data["reason"]),
        _("Entry ended."),
        CHANGED,
    )
