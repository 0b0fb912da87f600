"""The watch-list: entries, their approval and their end."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.car_links import car_context
from console.pages import render_page
from console.watch_list.forms import RenewalForm, WatchForm
from console.watch_list.listing import WATCH_LIST, may_approve, may_renew, state_of
from core import audit, clock
from core.models import Site
from incidents import services, watch_hits, watch_renewals
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

    def render(context: dict[str, Any]) -> HttpResponse:
        found = watch_hits.hits_by_basis(site)
        bases = [(label, found[code]) for code, label in WatchEntry.Basis.choices if code in found]
        context = {**context, "bases": bases}
        return render_page(request, "console/watch_list/list.html", context, "watch_list")

    return list_page(request, WATCH_LIST, render)


bulk = bulk_view(WATCH_LIST, IncidentPermission.MANAGE_WATCH_LIST)


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show an entry with its periods and hits, and audit the view."""
    entry = _entry(site, pk)
    audit.record_read(site, request.user, "read watch-list entry", ("watch", pk))
    context = {
        "entry": entry,
        "state": state_of(entry),
        "hits": watch_hits.hits_of(entry),
        "incidents": entry.incidents.select_related("rule").order_by("-last_at", "-pk")[:20],
        "periods": watch_renewals.periods_of(entry),
        "may_approve": may_approve(entry, request.user),
        "may_renew": may_renew(entry),
        "may_end": entry.ends_at > clock.now(),
        **car_context(request, entry.plate),
    }
    return render_page(request, "console/watch_list/detail.html", context, "watch_list")


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
    entry = _entry(site, pk)
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
def renew_entry(request: SiteRequest, site: Site, pk: int) -> Change:
    """Add the next period of an entry; it takes effect when another user approves it."""
    entry = _entry(site, pk)
    dialog = Dialog(
        title=_("Renew %(plate)s") % {"plate": entry.plate},
        lead=_(
            "The new period begins when this one ends, lasts %(days)s days at most, and takes"
            " effect once another person has approved it."
        )
        % {"days": services.MAX_WATCH_PERIOD.days},
        button=_("Renew"),
    )
    return Change(
        dialog,
        RenewalForm(request.POST or None, initial=RenewalForm.values_of(entry)),
        lambda data: watch_renewals.renew_watch_entry(entry, request.user, **data),
        _("Renewal added. It is waiting for approval."),
        CHANGED,
    )


@dialog_page(IncidentPermission.MANAGE_WATCH_LIST)
def end_entry(request: SiteRequest, site: Site, pk: int) -> Change:
    """End an entry."""
    entry = _entry(site, pk)
    dialog = Dialog(
        title=_("End watch-list entry for %(plate)s") % {"plate": entry.plate},
        lead=_(
            "The plate raises no more incidents. A renewal that waits or begins later ends, too."
        ),
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


def _entry(site: Site, pk: int) -> Any:
    rows = WatchEntry.objects.select_related(
        "created_by", "approved_by", "ended_by", "renews", "disposition__endpoint"
    )
    return get_object_or_404(watch_hits.with_hits(rows), site=site, pk=pk)
