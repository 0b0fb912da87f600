"""The watch-list: entries, their approval and their end."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.pages import render_page
from console.watch_list.forms import WatchForm
from core import audit
from core.models import Site
from incidents import selectors, services
from incidents.models import WatchEntry
from incidents.permissions import IncidentPermission
from ui.dialogs import Dialog, run_dialog
from ui.forms import ConfirmForm, PlainForm, ReasonForm
from ui.pages import SiteRequest, site_page
from ui.tables import paginate


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the watch-list, and audit the view."""
    audit.record_read(site, request.user, "read watch-list", ("site", site.pk))
    context = {"page": paginate(request, selectors.watch_list(site))}
    return render_page(request, "console/watch_list/list.html", context, "watch_list")


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
@require_http_methods(["GET", "POST"])
def add_entry(request: SiteRequest, site: Site) -> HttpResponse:
    """Add a plate; the entry takes effect when another user approves it."""
    dialog = Dialog(
        title=_("Add plate to the watch-list"),
        lead=_("It takes effect once another person has approved it."),
        button=_("Add"),
    )
    return run_dialog(
        request,
        dialog,
        WatchForm(request.POST or None),
        lambda data: services.add_watch_entry(site, request.user, **data),
        _("Entry added. It is waiting for approval."),
        events=["list-changed"],
    )


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
@require_http_methods(["GET", "POST"])
def approve_entry(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Approve an entry."""
    entry = get_object_or_404(WatchEntry, site=site, pk=pk)
    dialog = Dialog(
        title=_("Approve %(plate)s") % {"plate": entry.plate},
        lead=_("You confirm that you have seen document %(number)s.")
        % {"number": entry.document_no},
        button=_("Approve"),
    )
    return _on_list(
        request,
        dialog,
        ConfirmForm(request.POST if request.method == "POST" else None),
        lambda data: services.approve_watch_entry(entry, request.user),
        _("Entry approved and in force."),
    )


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
@require_http_methods(["GET", "POST"])
def end_entry(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """End an entry."""
    entry = get_object_or_404(WatchEntry, site=site, pk=pk)
    dialog = Dialog(
        title=_("End watch-list entry for %(plate)s") % {"plate": entry.plate},
        button=_("End now"),
        tone="danger-soft",
    )
    return _on_list(
        request,
        dialog,
        ReasonForm(request.POST or None),
        lambda data: services.end_watch_entry(entry, request.user, data["reason"]),
        _("Entry ended."),
    )


def _on_list(
    request: SiteRequest,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
    done: Any,
) -> HttpResponse:
    return run_dialog(request, dialog, form, perform, done, events=["list-changed"])
