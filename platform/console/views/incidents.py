"""Incidents and the watch-list."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.dialogs import Dialog, ask
from console.forms.base import PlainForm
from console.forms.gate import NothingForm, ReasonForm, ReviewForm
from console.forms.lists import WatchForm
from console.pages import SiteRequest, show_page, site_page
from console.tables import Segment, chosen, page_of
from core import audit
from core.models import Site
from incidents import selectors, services
from incidents.models import Incident, WatchEntry
from incidents.permissions import IncidentPermission


@site_page(IncidentPermission.VIEW_INCIDENTS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the incidents."""
    segments = [
        Segment("active", _("Active"), selectors.active(site).count()),
        Segment("all", _("All")),
    ]
    shown = chosen(request, segments)
    rows = selectors.active(site) if shown == "active" else selectors.incidents_at(site)
    context = {"segments": segments, "shown": shown, "page": page_of(request, rows)}
    return show_page(request, "console/incidents.html", context, "incidents")


@site_page(IncidentPermission.VIEW_INCIDENTS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one incident; that it was looked at is recorded."""
    incident = _incident(site, pk)
    audit.record_read(site, request.user, "read incident", ("incident", pk))
    device = selectors.device_of(incident)
    context = {"incident": incident, "device": device, "log": incident.log.all()[:100]}
    return show_page(request, "console/incident.html", context, "incidents")


@site_page(IncidentPermission.VIEW_INCIDENTS)
@require_http_methods(["POST"])
def acknowledge(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Say that somebody is looking at it."""
    incident = _incident(site, pk)
    return _at(
        request,
        incident,
        Dialog(title=_("Acknowledge"), button=_("Acknowledge")),
        NothingForm(request.POST),
        lambda said: services.acknowledge(incident, request.user),
    )


@site_page(IncidentPermission.REVIEW_INCIDENT)
@require_http_methods(["GET", "POST"])
def review(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Confirm it, or call it a false alarm."""
    incident = _incident(site, pk)
    dialog = Dialog(
        title=_("Is it what it looks like?"),
        lead=_("Compare the picture with the entry. Your word and your name are kept."),
        button=_("Decide"),
    )
    return _at(
        request,
        incident,
        dialog,
        ReviewForm(request.POST or None),
        lambda said: services.review(
            incident, request.user, said["finding"] == "confirmed", said["reason"]
        ),
    )


@site_page(IncidentPermission.REVIEW_INCIDENT)
@require_http_methods(["GET", "POST"])
def close(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """End a confirmed incident."""
    incident = _incident(site, pk)
    return _at(
        request,
        incident,
        Dialog(title=_("How did it end?"), button=_("Close the incident")),
        ReasonForm(request.POST or None),
        lambda said: services.close(incident, request.user, said["reason"]),
    )


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
def watch_list(request: SiteRequest, site: Site) -> HttpResponse:
    """List the watch-list; that it was looked at is recorded."""
    audit.record_read(site, request.user, "read watch-list", ("site", site.pk))
    context = {"page": page_of(request, selectors.watch_list(site))}
    return show_page(request, "console/watch_list.html", context, "watch_list")


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
@require_http_methods(["GET", "POST"])
def add_watch(request: SiteRequest, site: Site) -> HttpResponse:
    """Enter a plate; it matches nothing before another person approves it."""
    dialog = Dialog(
        title=_("Enter a plate in the watch-list"),
        lead=_("It takes effect when another person has approved it."),
        button=_("Enter"),
    )
    return ask(
        request,
        dialog,
        WatchForm(request.POST or None),
        lambda said: services.add_watch_entry(site, request.user, **said),
        _("The entry waits for its approval."),
        tells=["list-changed"],
    )


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
@require_http_methods(["GET", "POST"])
def approve_watch(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Put an entry in force."""
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
        NothingForm(request.POST if request.method == "POST" else None),
        lambda said: services.approve_watch_entry(entry, request.user),
        _("The entry is in force."),
    )


@site_page(IncidentPermission.MANAGE_WATCH_LIST)
@require_http_methods(["GET", "POST"])
def end_watch(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Take an entry out of force."""
    entry = get_object_or_404(WatchEntry, site=site, pk=pk)
    dialog = Dialog(
        title=_("End the entry of %(plate)s") % {"plate": entry.plate},
        button=_("End it now"),
        tone="danger-soft",
    )
    return _on_list(
        request,
        dialog,
        ReasonForm(request.POST or None),
        lambda said: services.end_watch_entry(entry, request.user, said["reason"]),
        _("The entry has ended."),
    )


def _incident(site: Site, pk: int) -> Incident:
    rows = Incident.objects.select_related("watch_entry", "acked_by", "reviewed_by", "site")
    return get_object_or_404(rows, site=site, pk=pk)


def _at(
    request: SiteRequest,
    incident: Incident,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
) -> HttpResponse:
    tells = [f"live:incident-{incident.pk}", "live:incident"]
    return ask(request, dialog, form, perform, _("It was noted."), tells=tells)


def _on_list(
    request: SiteRequest,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
    done: Any,
) -> HttpResponse:
    return ask(request, dialog, form, perform, done, tells=["list-changed"])
