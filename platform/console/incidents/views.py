"""Incidents: the list, one incident, and its steps."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.car_links import car_context
from console.incidents.cards import cards_of
from console.incidents.forms import AssignForm, CommentForm, MergeForm, ReviewForm
from console.incidents.listing import INCIDENTS
from console.pages import render_list, render_page
from console.visible_incidents import visible_incident
from core import audit
from core.models import Site
from incidents import kinds, muting, selectors, services
from incidents.models import Incident, ProcedureStep
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import ConfirmForm, PlainForm, ReasonForm, posted
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, site_page

_FIRST = _("Your finding is recorded with your name.")
_HIT = _("Compare the photo with the entry. Your finding is recorded with your name.")
_AGAIN = _(
    "What you find replaces the earlier review, which stays in the timeline. Authorities that were"
    " notified receive a correction."
)


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
    incident = visible_incident(request, site, pk)
    audit.record_read(site, request.user, "read incident", ("incident", pk))
    context = {
        "incident": incident,
        "device": selectors.device_of(incident),
        "mute": dict(muting.Reason.choices).get(incident.mute, ""),
        "kind": kinds.get(incident.kind),
        "is_confirmed": incident.state in Incident.CONFIRMED,
        **cards_of(request, incident),
        **car_context(request, incident.watch_entry.plate if incident.watch_entry else ""),
    }
    return render_page(request, "console/incidents/detail.html", context, "incidents")


@dialog_page(IncidentPermission.VIEW_INCIDENTS, methods=("POST",))
def acknowledge(request: SiteRequest, site: Site, pk: int) -> Change:
    """Acknowledge an incident."""
    incident = visible_incident(request, site, pk)
    return _at(
        incident,
        Dialog(title=_("Acknowledge"), button=_("Acknowledge")),
        ConfirmForm(request.POST),
        lambda data: services.acknowledge(incident, request.user),
    )


@dialog_page(IncidentPermission.VIEW_INCIDENTS)
def assign(request: SiteRequest, site: Site, pk: int) -> Change:
    """Assign an incident to a colleague."""
    incident = visible_incident(request, site, pk)
    form = AssignForm(
        incident, posted(request), initial={"assignee": incident.assigned_to_id or request.user.pk}
    )
    return _at(
        incident,
        Dialog(title=_("Who looks after this incident?"), button=_("Assign")),
        form,
        lambda data: services.assign(incident, request.user, data["assignee"]),
    )


@dialog_page(IncidentPermission.VIEW_DEVICE_INCIDENTS)
def comment(request: SiteRequest, site: Site, pk: int) -> Change:
    """Comment on an incident."""
    incident = visible_incident(request, site, pk)
    dialog = Dialog(
        title=_("Comment on this incident"),
        lead=_("Comments can't be changed later. Leave out names of residents and visitors."),
        button=_("Save"),
    )
    return _at(
        incident,
        dialog,
        CommentForm(posted(request)),
        lambda data: services.comment(incident, request.user, data["text"]),
    )


@dialog_page(IncidentPermission.VIEW_DEVICE_INCIDENTS, methods=("POST",))
def tick(request: SiteRequest, site: Site, pk: int, step: int) -> Change:
    """Record that a step is done; with ``undo``, that it is not after all."""
    incident = visible_incident(request, site, pk)
    found = get_object_or_404(ProcedureStep, site=site, pk=step)
    return _at(
        incident,
        Dialog(title=_("Procedure"), button=_("Save")),
        ConfirmForm(request.POST),
        lambda data: services.tick_step(
            incident, found, request.user, done="undo" not in request.POST
        ),
    )


@dialog_page(IncidentPermission.REVIEW_INCIDENT)
def review(request: SiteRequest, site: Site, pk: int) -> Change:
    """Confirm an incident or mark it as a false alarm; a confirmed one may be reviewed again."""
    incident = visible_incident(request, site, pk)
    again = incident.state in Incident.CONFIRMED
    first = _HIT if incident.watch_entry_id else _FIRST
    perform = services.review_again if again else services.review
    dialog = Dialog(
        title=_("Review this incident again") if again else _("Is this incident real?"),
        lead=_AGAIN if again else first,
        button=_("Save"),
    )
    initial = {"severity": incident.severity, "finding": "confirmed" if again else None}
    return _at(
        incident,
        dialog,
        ReviewForm(posted(request), initial=initial),
        lambda data: perform(
            incident,
            request.user,
            data["finding"] == "confirmed",
            data["reason"],
            data["severity"],
        ),
    )


@dialog_page(IncidentPermission.REVIEW_INCIDENT)
def merge(request: SiteRequest, site: Site, pk: int) -> Change:
    """Merge an incident into another one."""
    incident = visible_incident(request, site, pk)
    dialog = Dialog(
        title=_("Merge this incident into another"),
        lead=_(
            "This incident ends. Its occurrences, and later ones of the same source, count under"
            " the other. This can't be undone."
        ),
        button=_("Merge"),
    )
    return _at(
        incident,
        dialog,
        MergeForm(incident, posted(request)),
        lambda data: services.merge(incident, data["survivor"], request.user, data["reason"]),
    )


@dialog_page(IncidentPermission.REVIEW_INCIDENT)
def close(request: SiteRequest, site: Site, pk: int) -> Change:
    """Close a confirmed incident."""
    incident = visible_incident(request, site, pk)
    return _at(
        incident,
        Dialog(title=_("How was it resolved?"), button=_("Close incident")),
        ReasonForm(posted(request)),
        lambda data: services.close(incident, request.user, data["reason"]),
    )


def _at(
    incident: Incident,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
) -> Change:
    events = [f"live:incident-{incident.pk}", "live:incident"]
    return Change(dialog, form, perform, _("Saved."), events)
