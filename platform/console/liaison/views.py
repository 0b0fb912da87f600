"""A liaison's pages: what was dispatched to the person's endpoints, and the answers to it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.groups import WATCH
from console.liaison.cases import shown_case
from console.liaison.evidence import shown_evidence
from console.liaison.forms import NoteForm, QuestionForm
from core import audit
from core.models import Site
from incidents.evidence import for_liaisons
from incidents.feeds import liaison
from incidents.models import Delivery
from incidents.permissions import IncidentPermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import PlainForm, posted
from ui.pages import SiteRequest, Text, render_fragment, site_page
from ui.sections import NavItem
from ui.tables import paginate

_VIEW, _ANSWER = IncidentPermission.VIEW_DISPATCHED, IncidentPermission.ANSWER_DISPATCHED
_ITEM = NavItem("dispatched", _("Dispatched to you"), "send", _VIEW, group=WATCH)


@site_page(_VIEW)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List what was dispatched to the person's endpoints; the view is audited."""
    audit.record_read(site, request.user, "read dispatched incidents", ("site", site.pk))
    found = paginate(request, liaison.latest_of_each(request.user, site))
    cases = [shown_case(each) for each in liaison.cases_of(list(found))]
    return _render(request, "console/liaison/list.html", {"page": found, "cases": cases})


@site_page(_VIEW)
def one(request: SiteRequest, site: Site, message: str) -> HttpResponse:
    """Show what was dispatched about one incident; the view is audited."""
    delivery = _delivery(request, site, message)
    subject = ("message", message)
    audit.record_read(site, request.user, "read dispatched incident", subject)
    case = liaison.case_of(delivery)
    context = {"case": case, **shown_case(case), **shown_evidence(case)}
    return _render(request, "console/liaison/detail.html", context)


@dialog_page(_ANSWER)
def acknowledge(request: SiteRequest, site: Site, message: str) -> Change:
    """Acknowledge a message."""
    delivery = _delivery(request, site, message)
    dialog = Dialog(
        title=_("Acknowledge receipt"),
        lead=_("The site sees that you have received this message, and your note."),
        button=_("Acknowledge receipt"),
    )
    return _change(
        dialog,
        NoteForm(posted(request)),
        lambda data: liaison.acknowledge(delivery, request.user, data["note"]),
        pgettext_lazy("message", "Acknowledged."),
    )


@dialog_page(_ANSWER)
def open_evidence(request: SiteRequest, site: Site, message: str) -> Change:
    """Issue the link to an incident's evidence, or use the valid one of the endpoint."""
    delivery = _delivery(request, site, message)
    dialog = Dialog(
        title=_("Open evidence"),
        lead=_(
            "You can open the evidence for a day. Each opening is logged with your name, and the"
            " site sees it; pictures carry the name of the authority."
        ),
        button=_("Open evidence"),
    )
    return _change(
        dialog,
        confirm_form(request),
        lambda data: for_liaisons.link_for(delivery, request.user),
        _("The evidence can be opened."),
    )


@dialog_page(_ANSWER)
def ask(request: SiteRequest, site: Site, message: str) -> Change:
    """Ask the site's staff about an incident."""
    delivery = _delivery(request, site, message)
    dialog = Dialog(
        title=_("Ask the site"),
        lead=_("The people who handle the incident are notified. Their answer appears here."),
        button=_("Send"),
    )
    return _change(
        dialog,
        QuestionForm(posted(request)),
        lambda data: liaison.ask(delivery, request.user, data["text"]),
        _("Question sent."),
    )


@dialog_page(_ANSWER)
def close(request: SiteRequest, site: Site, message: str) -> Change:
    """Close an incident on the authority's side."""
    delivery = _delivery(request, site, message)
    dialog = Dialog(
        title=_("Close on your side"),
        lead=_(
            "The site sees that you have closed it, and your note. Another message about the"
            " incident opens it again."
        ),
        button=_("Close"),
    )
    return _change(
        dialog,
        NoteForm(posted(request)),
        lambda data: liaison.close(delivery, request.user, data["note"]),
        _("Closed on your side."),
    )


def _delivery(request: SiteRequest, site: Site, message: str) -> Delivery:
    rows = liaison.deliveries_for(request.user, site)
    delivery = rows.filter(message__public_id=message).first()
    if delivery is None:
        raise Http404(f"no message {message} to an endpoint of this person")
    return delivery


def _render(request: SiteRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    layout = {"nav": [(_ITEM.group, [_ITEM])], "here": _ITEM.url_name}
    rail = render_to_string("console/nav.html", {"site": request.site, **layout}, request)
    return render_fragment(request, template, {"rail": rail, **context})


def _change(
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
    done: Text,
) -> Change:
    return Change(dialog, form, perform, done, ["list-changed"])
