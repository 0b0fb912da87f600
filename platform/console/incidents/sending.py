"""Send an incident to authorities: dialogs that list exactly what leaves and to whom."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Site
from core.text_lists import joined
from incidents import kinds, services
from incidents.feeds import content, selectors
from incidents.feeds.dispatch import dispatch
from incidents.feeds.eligibility import endpoints_for, is_reviewed
from incidents.feeds.message_types import types_at_endpoints
from incidents.models import FeedEndpoint, FeedMessage, Incident
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, dialog_page, preceded_by
from ui.forms import PlainForm
from ui.pages import SiteRequest

Type = FeedMessage.Type
_TITLES = {
    Type.ALERT: gettext_lazy("Send to authorities"),
    Type.UPDATE: gettext_lazy("Send an update"),
    Type.CANCEL: gettext_lazy("Cancel at the authorities"),
}
_DISPATCH = IncidentPermission.DISPATCH_INCIDENT


class SendForm(PlainForm):
    """Why it is sent, and the feeds that the person saw."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("It is recorded here and does not leave."),
    )
    shown = forms.CharField(max_length=2000, widget=forms.HiddenInput)

    def seen(self) -> list[int]:
        """Return the keys of the feeds that the dialog listed."""
        parts = str(self.cleaned_data["shown"]).split(",")
        return [int(part) for part in parts if part.isascii() and part.isdigit()]


@dialog_page(_DISPATCH)
def send(request: SiteRequest, site: Site, pk: int) -> Change:
    """Send a reviewed incident, or an update of it."""
    incident = _incident(site, pk)
    type = Type.UPDATE if incident.messages.exists() else Type.ALERT
    return _sending(request, incident, type)


@dialog_page(_DISPATCH)
def cancel(request: SiteRequest, site: Site, pk: int) -> Change:
    """Inform those who were sent an incident that it is none; it ends."""
    return _sending(request, _incident(site, pk), Type.CANCEL)


@dialog_page(_DISPATCH)
def confirm_and_send(request: SiteRequest, site: Site, pk: int) -> Change:
    """Confirm an incident and send it, in one step."""
    if IncidentPermission.REVIEW_INCIDENT not in request.site_permissions:
        raise PermissionDenied("a review is part of it")
    incident = _incident(site, pk)

    @transaction.atomic
    def perform(data: dict[str, Any], form: SendForm) -> None:
        reviewed = services.review(incident, request.user, confirmed=True, reason=data["reason"])
        dispatch(reviewed, request.user, data["reason"], Type.ALERT, shown=form.seen())

    return _change(request, incident, Type.ALERT, _("Confirm and send"), perform)


def deliveries_card(request: SiteRequest, incident: Incident) -> dict[str, Any] | None:
    """Return what the card of an incident's deliveries shows; None where nothing may be sent."""
    found = selectors.deliveries_of(incident)
    if not found and not kinds.get(incident.kind).dispatchable:
        return None
    may_send = _DISPATCH in request.site_permissions
    last = found[0].message.type if found else ""
    is_over = last == Type.CANCEL or incident.state in Incident.ENDED
    reviewed = is_reviewed(incident)
    may_review = IncidentPermission.REVIEW_INCIDENT in request.site_permissions
    return {
        "deliveries": list(zip(found, types_at_endpoints(found), strict=True)),
        "progress": selectors.progress(found),
        "may_send": may_send and reviewed and not is_over,
        "may_cancel": may_send
        and bool(found)
        and last != Type.CANCEL
        and is_reviewed(incident, Type.CANCEL),
        "may_confirm_and_send": may_send
        and may_review
        and not incident.reviewed_by_id
        and not is_over
        and bool(endpoints_for(incident)),
    }


def _sending(request: SiteRequest, incident: Incident, type: Type) -> Change:
    def perform(data: dict[str, Any], form: SendForm) -> None:
        dispatch(incident, request.user, data["reason"], type, shown=form.seen())

    return _change(request, incident, type, str(_TITLES[type]), perform)


def _change(
    request: SiteRequest, incident: Incident, type: Type, title: str, perform: Any
) -> Change:
    receivers = endpoints_for(incident, type)
    if not receivers:
        return preceded_by(title, _("No feed receives this incident. The manager can add one."))
    keys = ",".join(str(each.pk) for each in receivers)
    form = SendForm(request.POST or None, initial={"shown": keys})
    names = joined(each.name for each in receivers)
    dialog = Dialog(
        title=title,
        lead=_("To: %(names)s") % {"names": names},
        button=_("Confirm and send") if not incident.reviewed_by_id else _("Send"),
        tone="danger-soft" if type == Type.CANCEL else "primary",
        template="console/incidents/sending.html",
        context={"receivers": _described(receivers), "content": _leaving(incident)},
    )
    events = [f"live:incident-{incident.pk}", "live:incident"]
    return Change(dialog, form, lambda data: perform(data, form), _("Queued to be sent."), events)


def _described(receivers: Sequence[FeedEndpoint]) -> list[dict[str, Any]]:
    return [
        {"endpoint": each, "is_paused": each.state == FeedEndpoint.State.PAUSED}
        for each in receivers
    ]


def _leaving(incident: Incident) -> list[tuple[str, Any]]:
    """Return each value that leaves, with its label, in the person's language."""
    told = content.content_of(incident)
    position = ""
    if told["latitude"] is not None:
        position = f"{told['latitude']:.6f}, {told['longitude']:.6f}"
    rows = [
        (_("Incident"), told["incident"]),
        (_("Kind"), capfirst(str(kinds.get(incident.kind).label))),
        (_("Severity"), incident.get_severity_display()),
        (_("Certainty"), incident.get_certainty_display()),
        (_("Site"), told["site"]),
        (_("Place"), told["place"]),
        (_("Position (WGS 84)"), position),
        (_("Plate"), told.get("plate", "")),
    ]
    return [(label, value) for label, value in rows if value]


def _incident(site: Site, pk: int) -> Incident:
    rows = Incident.objects.select_related("watch_entry", "rule", "site")
    found: Incident = get_object_or_404(rows, site=site, pk=pk)
    return found
