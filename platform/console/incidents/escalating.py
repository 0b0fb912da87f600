"""Escalate an incident by hand: a dialog that names the people who are notified now."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.visible_incidents import visible_incident
from core.models import Site
from incidents.escalation.advancing import Reached
from incidents.escalation.labels import target_label
from incidents.escalation.manual import escalate_now, next_step
from incidents.escalation.responders import name_of_role
from incidents.models import Incident
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, dialog_page, preceded_by
from ui.forms import RevisedForm, posted
from ui.pages import SiteRequest, Text

_TITLE = _("Escalate now")
_RUNNING = _(
    "These people are notified at once, also in their quiet hours. The later steps follow until a"
    " person acknowledges the incident."
)
_STOPPED = _(
    "These people are notified at once, also in their quiet hours. No other step follows by itself,"
    " since a person looks after the incident."
)


@dialog_page(IncidentPermission.VIEW_DEVICE_INCIDENTS)
def escalate(request: SiteRequest, site: Site, pk: int) -> Change:
    """Notify the next people of an incident's plan at once."""
    incident = visible_incident(request, site, pk)
    if not incident.is_active:
        return preceded_by(_TITLE, _("This incident has ended. No one is notified of it any more."))
    step = next_step(incident, request.user)
    if not step.reached:
        return preceded_by(_TITLE, _no_one(request))
    return Change(
        Dialog(
            title=_TITLE,
            lead=_lead(incident),
            button=_("Notify now"),
            template="console/incidents/escalating.html",
            context={"reached": [_described(site, each) for each in step.reached]},
        ),
        RevisedForm(posted(request), initial={"revision": step.key}),
        lambda data: escalate_now(incident, request.user, data["revision"]),
        _("Escalated."),
        [f"live:incident-{pk}", "live:incident"],
    )


def _lead(incident: Incident) -> Text:
    is_looked_after = incident.acked_by_id is not None or incident.reviewed_by_id is not None
    return _STOPPED if is_looked_after else _RUNNING


def _no_one(request: SiteRequest) -> Text:
    if IncidentPermission.MANAGE_ON_CALL in request.site_permissions:
        return _("There is no one left to notify. Add people to the rota, or start a shift.")
    return _("There is no one left to notify. The manager can add people to the rota.")


def _described(site: Site, reached: Reached) -> dict[str, Any]:
    step = reached.step
    return {
        "target": target_label(step.target, step.role, name_of_role(site, step.role)),
        "names": [user.display_name for user in reached.people],
    }
