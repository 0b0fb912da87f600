"""The list of visitors, one visit, and the dialogs of the guard's desk."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from access.models import VisitorPass
from console.pages import render_list, render_page
from console.visitors.forms import DeliveryForm, DepositForm, ExtendForm, RulesForm, VisitForm
from console.visitors.listing import VISITS, state_of
from console.visitors.plates import takes_plate
from core import audit
from core.models import Site
from doors.permissions import DoorPermission
from doors.visits import deliveries, selectors, services
from doors.visits.rules import asked_of_contractor, set_visit_rules
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.lists import list_page
from ui.pages import SiteRequest, Text, site_page
from ui.visitor_links import visit_url

CHANGED = ["list-changed"]
_HERE = "visits"
_VIEW, _MANAGE = DoorPermission.VIEW_VISITORS, DoorPermission.MANAGE_VISITORS


@site_page(_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the visitors of a site."""
    return list_page(request, VISITS, render_list(request, _HERE, "console/visitors/list.html"))


@site_page(_VIEW)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a visit and where the visitor was, and audit the view."""
    visit = _visit(site, pk)
    audit.record_read(site, request.user, "read visit", ("visitor_pass", pk))
    context = {
        "visit": visit,
        "state": state_of(visit),
        "doors": selectors.doors_of(visit),
        "passages": selectors.passages_of(visit)[:50],
        "missing": asked_of_contractor(visit),
        "takes_plate": takes_plate(visit),
        "link": visit_url(visit),
    }
    return render_page(request, "console/visitors/detail.html", context, _HERE)


@dialog_page(_MANAGE)
def issue(request: SiteRequest, site: Site) -> Change:
    """Register a visitor at the desk."""
    return Change(
        Dialog(title=_("Register a visitor"), button=_("Issue")),
        VisitForm(site, request.POST or None),
        lambda data: services.issue_at_desk(site, request.user, **data),
        _issued,
        CHANGED,
    )


def _issued(visit: VisitorPass) -> str:
    name = visit.visitor_name or visit.plate
    if visit.is_waiting:
        return gettext("%(name)s waits for approval.") % {"name": name}
    return gettext("%(name)s may come in.") % {"name": name}


@dialog_page(_MANAGE)
def delivery(request: SiteRequest, site: Site) -> Change:
    """Issue a code for a delivery; the notice shows it once."""
    return Change(
        Dialog(
            title=_("Code for a delivery"),
            lead=_("The code opens one door, once, within ten minutes."),
            button=_("Issue the code"),
        ),
        DeliveryForm(site, request.POST or None),
        lambda data: deliveries.issue_delivery_code(actor=request.user, **data),
        lambda made: gettext("The code is %(pin)s.") % {"pin": made[1]},
        CHANGED,
    )


@dialog_page(DoorPermission.SET_VISIT_RULES)
def rules(request: SiteRequest, site: Site) -> Change:
    """Set what holds for visitors."""
    return Change(
        Dialog(title=_("Rules for visitors"), button=_("Save")),
        RulesForm(site, request.POST or None),
        lambda data: set_visit_rules(site, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def approve(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve a visit."""
    visit = _visit(site, pk)
    lead: Text = _("Codes and the plate open doors and barriers from now on.")
    if visit.needs_guard:
        lead = _("An entry of the ban list names this visitor. Approve only after a check.")
    return _step(
        request, visit, _("Approve the visit of %(name)s"), lead, _("Approve"), services.approve
    )


@dialog_page(_MANAGE)
def decline(request: SiteRequest, site: Site, pk: int) -> Change:
    """Decline a visit."""
    title, button = _("Decline the visit of %(name)s"), pgettext_lazy("a visitor", "Decline")
    return _step(request, _visit(site, pk), title, "", button, services.decline)


@dialog_page(_MANAGE)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a visit now."""
    lead = _("Nothing opens for it any more, except on the way out.")
    title, button = _("End the visit of %(name)s"), pgettext_lazy("a visit", "End")
    return _step(request, _visit(site, pk), title, lead, button, services.end)


@dialog_page(_MANAGE)
def left(request: SiteRequest, site: Site, pk: int) -> Change:
    """Note that a visitor has left."""
    lead = _("For a visitor who was seen to leave, but not by a reader or a lane.")
    title, button = pgettext_lazy("a visitor", "%(name)s has left"), _("Save")
    return _step(request, _visit(site, pk), title, lead, button, services.note_left)


@dialog_page(_MANAGE)
def sign(request: SiteRequest, site: Site, pk: int) -> Change:
    """Record that a contractor accepts the rules."""
    lead = _("The visitor has read the rules and accepts them.")
    title, button = _("%(name)s accepts the rules"), _("Save")
    return _step(request, _visit(site, pk), title, lead, button, services.sign_rules)


@dialog_page(_MANAGE)
def extend(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set a later end of a visit."""
    visit = _visit(site, pk)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(title=_("Extend the visit of %(name)s") % _names(visit), button=_("Save")),
        ExtendForm(data, initial={"ends_at": visit.ends_at}),
        lambda values: services.extend(visit, request.user, values["ends_at"]),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def deposit(request: SiteRequest, site: Site, pk: int) -> Change:
    """Note the receipt of a deposit."""
    visit = _visit(site, pk)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(
            title=_("Deposit of %(name)s") % _names(visit),
            lead=_("Take the deposit at the cashier, and enter the number of the receipt."),
            button=_("Save"),
        ),
        DepositForm(data, initial={"receipt": visit.deposit_receipt}),
        lambda values: services.note_deposit(visit, request.user, values["receipt"]),
        _("Saved."),
        CHANGED,
    )


def _step(
    request: SiteRequest,
    visit: VisitorPass,
    title: Any,
    lead: Text,
    button: Text,
    perform: Callable[[VisitorPass, Any], VisitorPass],
) -> Change:
    return Change(
        Dialog(title=title % _names(visit), button=button, lead=lead),
        confirm_form(request),
        lambda _data: perform(visit, request.user),
        _("Saved."),
        CHANGED,
    )


def _visit(site: Site, pk: int) -> VisitorPass:
    return get_object_or_404(selectors.visits(site), pk=pk)


def _names(visit: VisitorPass) -> dict[str, str]:
    begins = f"{timezone.localtime(visit.begins_at):%m-%d %H:%M}"
    return {"name": visit.visitor_name or visit.plate or begins}
