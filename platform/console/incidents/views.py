"""Incidents: the list, one incident, and its steps."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.car_links import car_context
from console.incidents.forms import ReviewForm
from console.incidents.listing import INCIDENTS
from console.incidents.sending import deliveries_card
from console.pages import render_list, render_page
from core import audit
from core.models import Site
from incidents import selectors, services
from incidents.models import Incident
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import ConfirmForm, PlainForm, ReasonForm
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, site_page


@site_page(IncidentPermission.VIEW_INCIDENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the incidents."""
    render = render_list(request, "incidents", "console/incidents/list.html")
    return list_page(request, INCIDENTS, render)


bulk = bulk_view(INCIDENTS, IncidentPermission.VIEW_INCIDENTS)


@site_page(IncidentPermission.VIEW_INCIDENTS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one incident, and audit the view."""
    incident = _incident(site, pk)
    audit.record_read(site, request.user, "read incident", ("incident", pk))
    device = selectors.device_of(incident)
    context = {
        "incident": incident,
        "device": device,
        "log": incident.log.all()[:100],
        "sending": deliveries_card(request, incident),
        **car_context(request, incident.watch_entry.plate if incident.watch_entry else ""),
    }
    return render_page(request, "console/incidents/detail.html", context, "incidents")


@dialog_page(IncidentPermission.VIEW_INCIDENTS, methods=("POST",))
def acknowledge(request: SiteRequest, site: Site, pk: int) -> Change:
    """Acknowledge an incident."""
    incident = _incident(site, pk)
    return _at(
        incident,
        Dialog(title=_("Acknowledge"), button=_("Acknowledge")),
        ConfirmForm(request.POST),
        lambda data: services.acknowledge(incident, request.user),
    )


@dialog_page(IncidentPermission.REVIEW_INCIDENT)
def review(request: SiteRequest, site: Site, pk: int) -> Change:
    """Confirm an incident, or mark it as a false alarm."""
    incident = _incident(site, pk)
    dialog = Dialog(
        title=_("Is this incident real?"),
        lead=_("Compare the photo with the entry. Your finding is recorded with your name."),
        button=_("Save"),
    )
    return _at(
        incident,
        dialog,
        ReviewForm(request.POST or None),
        lambda data: services.review(
            incident, request.user, data["finding"] == "confirmed", data["reason"]
        ),
    )


@dialog_page(IncidentPermission.REVIEW_INCIDENT)
def close(request: SiteRequest, site: Site, pk: int) -> Change:
    """Close a confirmed incident."""
    incident = _incident(site, pk)
    return _at(
        incident,
        Dialog(title=_("How was it resolved?"), button=_("Close incident")),
        ReasonForm(request.POST or None),
        lambda data: services.close(incident, request.user, data["reason"]),
    )


def _incident(site: Site, pk: int) -> Incident:
    rows = Incident.objects.select_related("watch_entry", "rule", "acked_by", "reviewed_by", "site")
    return get_object_or_404(rows, site=site, pk=pk)


def _at(
    incident: Incident,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
) -> Change:
    events = [f"live:incident-{incident.pk}", "live:incident"]
    return Change(dialog, form, perform, _("Saved."), events)
