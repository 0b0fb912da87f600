"""The list of cards, and dialogs that issue them and record what becomes of them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from console.cards.face_left import lead_of
from console.cards.forms import IssueForm, LastDayForm
from console.cards.listing import CARDS
from console.holder_picker import first_choice, posted_search
from console.pages import render_list
from core.models import Site
from doors import services
from doors.models import Card
from doors.permissions import DoorPermission
from people.periods import last_day
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm
from ui.lists import bulk_view, list_page
from ui.pages import SiteRequest, Text, render_fragment, site_page

CHANGED = ["list-changed"]
_MANAGE = DoorPermission.MANAGE_CARDS
bulk = bulk_view(CARDS, _MANAGE)


@site_page(DoorPermission.VIEW_CARDS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the cards of a site."""
    return list_page(request, CARDS, render_list(request, "cards", "console/cards/list.html"))


@site_page(_MANAGE)
@require_POST
def find_cardholders(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people who match the posted name."""
    found = posted_search(request, site, people_only=True)
    return render_fragment(request, "console/people_found.html", found)


@dialog_page(_MANAGE)
def issue(request: SiteRequest, site: Site) -> Change:
    """Issue a card; ``holder`` in the address chooses to whom."""
    first = first_choice(site, request.GET.get("holder", ""))
    return Change(
        Dialog(title=_("Issue card"), button=_("Issue")),
        IssueForm(site, request.POST or None, initial=first),
        lambda data: services.issue_card(site, request.user, **data),
        lambda card: (
            gettext("%(name)s has card %(card)s.") % {"name": card.person.name, "card": card}
        ),
        CHANGED,
    )


@dialog_page(_MANAGE)
def return_card(request: SiteRequest, site: Site, pk: int) -> Change:
    """Take a card back."""
    lead = _("It opens no door any more, and its number can be issued again.")
    return _step(
        request,
        site,
        pk,
        _("Return card %(card)s of %(name)s"),
        lead,
        pgettext_lazy("a card", "Return"),
        services.return_card,
    )


@dialog_page(_MANAGE)
def report_lost(request: SiteRequest, site: Site, pk: int) -> Change:
    """Record that a card was lost."""
    lead = _("It opens no door any more. If it is found, it can be activated again or returned.")
    return _step(
        request,
        site,
        pk,
        _("Card %(card)s of %(name)s is lost"),
        lead,
        _("Report lost"),
        services.report_lost,
        "danger-soft",
    )


@dialog_page(_MANAGE)
def reactivate(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let a card open doors again."""
    return _step(
        request,
        site,
        pk,
        _("Activate card %(card)s of %(name)s"),
        "",
        _("Activate"),
        services.reactivate_card,
    )


@dialog_page(_MANAGE)
def suspend(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let a card open no door for the time being."""
    card = _card(site, pk)
    return Change(
        Dialog(
            title=_("Suspend card %(card)s of %(name)s") % _names(card),
            button=_("Suspend"),
            lead=lead_of(card),
            tone="danger-soft",
        ),
        ReasonForm(request.POST if request.method == "POST" else None),
        lambda data: services.suspend_card(card, request.user, data["reason"]),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def change_end(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set another last day of a card."""
    card = _card(site, pk)
    data = request.POST if request.method == "POST" else None
    return Change(
        Dialog(title=_("Last day of card %(card)s of %(name)s") % _names(card), button=_("Save")),
        LastDayForm(data, initial={"ends_on": last_day(card.ends_on)}),
        lambda values: services.change_card_end(card, request.user, values["ends_on"]),
        _("Saved."),
        CHANGED,
    )


def _step(
    request: SiteRequest,
    site: Site,
    pk: int,
    title: Any,
    lead: Text,
    button: Text,
    perform: Callable[[Card, Any], Card],
    tone: str = "primary",
) -> Change:
    card = _card(site, pk)
    if perform is not services.reactivate_card:
        lead = lead_of(card, str(lead))
    return Change(
        Dialog(title=title % _names(card), button=button, lead=lead, tone=tone),
        confirm_form(request),
        lambda data: perform(card, request.user),
        _("Saved."),
        CHANGED,
    )


def _card(site: Site, pk: int) -> Card:
    return get_object_or_404(Card.objects.select_related("site", "person__site"), site=site, pk=pk)


def _names(card: Card) -> dict[str, str]:
    return {"card": str(card), "name": str(card.person)}
