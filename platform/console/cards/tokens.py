"""Issue PINs, printed codes and the phone to a person, and record what becomes of them."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.cards.face_left import lead_of
from console.cards.forms import LastDayForm
from console.door_credentials import credentials_of
from console.pages import render_page
from core import audit, clock
from core.models import Site
from doors import own_credentials, tokens
from doors.models import Token
from doors.permissions import DoorPermission
from people.models import Person
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, run_dialog
from ui.forms import ReasonForm
from ui.pages import SiteRequest, Text, render_fragment, site_page
from ui.payment_links import qr_code

CHANGED = ["list-changed"]
_MANAGE = DoorPermission.MANAGE_CARDS
State, Means = Token.State, Token.Means
_AGAIN = _("In the portal, the resident can have another one; suspend this one to prevent that.")


@site_page(DoorPermission.VIEW_CARDS)
def person_credentials(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render what a person shows at doors, for the page of the person as it changes."""
    person = _person(site, pk)
    audit.record_read(site, request.user, "read person", ("person", pk))
    context = {"person": person, "credentials": credentials_of(request, person)}
    return render_fragment(request, "console/cards/credentials.html", context)


@site_page(_MANAGE)
@require_http_methods(["GET", "POST"])
def issue_pin(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Ask once, issue a PIN, and show it in the answer, which nothing stores."""
    person = _person(site, pk)
    former = own_credentials.in_use(person, Means.PIN)
    lead = _("Six digits by chance, which are shown once and can't be chosen.")
    if former is not None:
        lead = _("The person gets another PIN, and the present one opens nothing any more.")
    dialog = Dialog(
        title=_("Issue a PIN to %(name)s") % {"name": person.name},
        button=_("Issue"),
        lead=lead,
        tone="danger-soft" if former is not None else "primary",
    )
    return run_dialog(
        request,
        dialog,
        LastDayForm(request.POST if request.method == "POST" else None),
        lambda data: tokens.issue_pin(site, request.user, person=person, **data),
        _("PIN issued."),
        respond=lambda made: render_fragment(
            request, "console/cards/pin.html", {"person": person, "pin": made[1]}
        ),
        events=CHANGED,
    )


@dialog_page(_MANAGE)
def issue_code(request: SiteRequest, site: Site, pk: int) -> Change:
    """Issue a code to print."""
    person = _person(site, pk)
    return Change(
        Dialog(
            title=_("Issue a printed code to %(name)s") % {"name": person.name},
            button=_("Issue"),
            lead=_("Whoever has the paper can open the doors. Set a last day."),
        ),
        LastDayForm(request.POST if request.method == "POST" else None),
        lambda data: tokens.issue_code(site, request.user, person=person, is_static=True, **data),
        _("Code issued. Print it from the list of credentials."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def allow_phone(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let a person open doors by the button in the portal."""
    person = _person(site, pk)
    return Change(
        Dialog(
            title=_("%(name)s opens doors by the phone") % {"name": person.name},
            button=_("Allow"),
            lead=_("The portal has a button for each door that the person may pass."),
        ),
        confirm_form(request),
        lambda _data: tokens.issue_phone(site, request.user, person=person),
        _("Saved."),
        CHANGED,
    )


@site_page(_MANAGE)
def printed_code(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a printed code with its days, to be printed, and audit the view."""
    token = get_object_or_404(_tokens(site), pk=pk, is_static=True, state=State.ACTIVE)
    audit.record_read(site, request.user, "read printed code", ("door_token", pk))
    shown = qr_code(tokens.shown_code(token, clock.now()))
    context = {"token": token, "person": token.person, "qr_code": shown}
    return render_page(request, "console/cards/printed_code.html", context, "people")


@dialog_page(_MANAGE)
def suspend(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let a credential open no door for the time being."""
    token = _token(site, pk)
    return Change(
        Dialog(
            title=_("Suspend: %(means)s of %(name)s") % _names(token),
            button=_("Suspend"),
            lead=lead_of(token),
            tone="danger-soft",
        ),
        ReasonForm(request.POST if request.method == "POST" else None),
        lambda data: tokens.suspend_token(token, request.user, data["reason"]),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def report_lost(request: SiteRequest, site: Site, pk: int) -> Change:
    """Record that others may know or have a credential."""
    title = _("Lost: %(means)s of %(name)s")
    lead = gettext("Others may know or have it. It opens no door any more.")
    return _step(
        request, site, pk, title, lead, _("Report lost"), tokens.report_token_lost, "danger-soft"
    )


@dialog_page(_MANAGE)
def reactivate(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let a credential open doors again."""
    title = _("Activate: %(means)s of %(name)s")
    return _step(request, site, pk, title, "", _("Activate"), tokens.reactivate_token)


@dialog_page(_MANAGE)
def unlock(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let a PIN that was refused five times open doors again."""
    title = _("Unlock: %(means)s of %(name)s")
    lead = gettext("It was refused five times since it last opened a door.")
    return _step(request, site, pk, title, lead, _("Unlock"), tokens.unlock_pin)


@dialog_page(_MANAGE)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a credential for good."""
    token = _token(site, pk)
    title = _("End: %(means)s of %(name)s")
    lead = gettext("It opens no door any more, and can't be activated again.")
    if not token.is_static:
        lead = f"{lead} {_AGAIN}"
    button = pgettext_lazy("a credential", "End")
    return _step(request, site, pk, title, lead, button, tokens.end_token, "danger-soft")


def _step(
    request: SiteRequest,
    site: Site,
    pk: int,
    title: Any,
    lead: str,
    button: Text,
    perform: Callable[[Token, Any], Token],
    tone: str = "primary",
) -> Change:
    token = _token(site, pk)
    if tone != "primary":
        lead = lead_of(token, lead)
    return Change(
        Dialog(title=title % _names(token), button=button, lead=lead, tone=tone),
        confirm_form(request),
        lambda _data: perform(token, request.user),
        _("Saved."),
        CHANGED,
    )


def _person(site: Site, pk: int) -> Person:
    rows = Person.objects.select_related("site")
    return get_object_or_404(rows, site=site, pk=pk, erased_at=None)


def _tokens(site: Site) -> QuerySet[Token]:
    rows = Token.objects.select_related("site", "person__site")
    return rows.filter(site=site, person__isnull=False)


def _token(site: Site, pk: int) -> Token:
    return get_object_or_404(_tokens(site), pk=pk)


def _names(token: Token) -> dict[str, str]:
    means = pgettext("a credential", "printed code") if token.is_static else str(token)
    return {"means": means, "name": str(token.person)}
