"""What liaisons have answered about an incident, on its page, and the staff's answers."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from console.liaison.forms import AnswerForm
from core.models import Site
from incidents.feeds import liaison
from incidents.models import Incident, LiaisonReply
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.pages import SiteRequest, render_fragment, site_page


@site_page(IncidentPermission.VIEW_INCIDENTS)
def replies(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render the liaisons' questions and closures about an incident; empty where there are none."""
    incident = get_object_or_404(Incident, site=site, pk=pk)
    rows = incident.liaison_replies.select_related("endpoint", "author", "answered_by")
    return render_fragment(request, "console/liaison/replies.html", {"replies": list(rows)})


@dialog_page(IncidentPermission.REVIEW_INCIDENT)
def answer(request: SiteRequest, site: Site, pk: int) -> Change:
    """Answer a liaison's question."""
    reply = get_object_or_404(LiaisonReply, endpoint__site=site, pk=pk)
    dialog = Dialog(
        title=_("Answer %(feed)s") % {"feed": reply.endpoint.name},
        lead=reply.text,
        button=_("Send"),
    )
    return Change(
        dialog,
        AnswerForm(request.POST or None),
        lambda data: liaison.answer(reply, request.user, data["answer"]),
        _("Answer sent."),
        [f"live:incident-{reply.incident_id}", "liaison-answered"],
    )
