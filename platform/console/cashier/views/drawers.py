"""The own drawer, all drawers, and the dialogs of a shift."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from billing import drawers as reads
from billing import services
from billing.documents.hand_overs import hand_over_document
from billing.labels import entry_title
from billing.models import Drawer
from billing.permissions import BillingPermission
from console.cashier.forms import HandOverForm, MoveForm, OpenForm
from console.cashier.listing import DRAWERS
from console.pages import redirect_to, render_list, render_page
from core.models import Site
from core.money import Money
from ui.dialogs import Change, Dialog, dialog_page, run_dialog
from ui.documents import document_response
from ui.forms import posted
from ui.lists import list_page
from ui.pages import SiteRequest, site_page

_CHANGED = ["live:drawer"]
_USE = BillingPermission.USE_DRAWER
# What a page shows; the ledger has them all.
_MOVEMENTS, _EARLIER = 500, 10


@site_page(BillingPermission.VIEW_MONEY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the drawers of a site."""
    return list_page(request, DRAWERS, render_list(request, "my_drawer"))


@site_page(_USE)
def mine(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the own open drawer, and the last ones that were handed over."""
    own = reads.drawers(site).filter(held_by=request.user)
    drawer = own.filter(closed_at=None).first()
    context = _facts(drawer) if drawer else {}
    context["earlier"] = own.exclude(closed_at=None)[:_EARLIER]
    return render_page(request, "console/cashier/my_drawer.html", context, "my_drawer")


@site_page(_USE)
def drawer(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a drawer; once handed over, it prints as the receipt of the hand-over."""
    found = _drawer(request, site, pk, BillingPermission.VIEW_MONEY)
    return render_page(request, "console/cashier/drawer.html", _facts(found), "my_drawer")


@site_page(_USE)
def hand_over_pdf(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Download the receipt of a hand-over as PDF, or show that it is being rendered."""
    found = _drawer(request, site, pk, BillingPermission.VIEW_MONEY)
    document = hand_over_document(found)
    if document is None:
        raise Http404("the drawer is open")
    return document_response(request, document)


@dialog_page(_USE)
def open_own(request: SiteRequest, site: Site) -> Change:
    """Open the own drawer."""
    return Change(
        Dialog(
            title=_("Open a drawer"),
            button=_("Open"),
            lead=_("Count the change in it first. Cash that you take is recorded in this drawer."),
        ),
        OpenForm(posted(request), currency=site.currency),
        lambda data: services.open_drawer(site, request.user, **data),
        _("Drawer opened."),
        _CHANGED,
    )


@dialog_page(_USE)
def move(request: SiteRequest, site: Site, pk: int) -> Change:
    """Move cash between the safe and a drawer."""
    found = _drawer(request, site, pk, BillingPermission.REFUND)
    return Change(
        Dialog(title=_("Move cash"), button=_("Move")),
        MoveForm(posted(request), currency=found.currency),
        lambda data: services.move_cash(found, request.user, **data),
        _("Saved."),
        _CHANGED,
    )


@site_page(_USE)
@require_http_methods(["GET", "POST"])
def hand_over(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Count a drawer and hand it over; its receipt opens afterwards."""
    found = _drawer(request, site, pk, BillingPermission.REFUND)
    dialog = Dialog(
        title=_("Hand over the drawer"),
        button=_("Hand over"),
        lead=_("Count all cash in it. The drawer is closed and cannot be opened again."),
    )
    return run_dialog(
        request,
        dialog,
        HandOverForm(posted(request), currency=found.currency),
        lambda data: services.hand_over_drawer(found, request.user, **data),
        _("Drawer handed over."),
        lambda closed: redirect_to(request, "cash_drawer", site.slug, closed.pk),
        _CHANGED,
    )


def _drawer(request: SiteRequest, site: Site, pk: int, others: str) -> Drawer:
    """Return an own drawer, or that of another person with the permission ``others``."""
    found = get_object_or_404(reads.drawers(site), pk=pk)
    if found.held_by_id != request.user.pk and others not in request.site_permissions:
        raise Http404("the drawer of another person")
    return found


def _facts(drawer: Drawer) -> dict[str, Any]:
    lines = reads.movements(drawer).reverse()[:_MOVEMENTS]
    return {
        "drawer": drawer,
        "cash": reads.cash_in(drawer),
        "difference": Money(drawer.difference, drawer.currency),
        "movements": [(line, entry_title(line.entry)) for line in lines],
    }
