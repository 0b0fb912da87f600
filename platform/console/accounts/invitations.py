"""Inviting residents: by mail, or by a code that is printed."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from console.accounts.forms import InviteAnyForm, InviteForm
from console.pages import render_page
from core.models import Site
from people.accounts import invitations
from people.models import Person, ResidentInvitation
from people.permissions import PeoplePermission
from ui.dialogs import Dialog, close_dialog, run_dialog
from ui.forms import PlainForm
from ui.pages import SiteRequest, render_fragment, site_page
from ui.payment_links import qr_code

CHANGED = ["list-changed"]
Issued = tuple[ResidentInvitation, str]


@site_page(PeoplePermission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "POST"])
def invite_any(request: SiteRequest, site: Site) -> HttpResponse:
    """Invite a person who is found by name and unit."""
    form = InviteAnyForm(site, request.POST or None)
    return _run(request, site, form, lambda data: data["person"])


@site_page(PeoplePermission.MANAGE_ACCOUNTS)
@require_http_methods(["GET", "POST"])
def invite(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Invite a person of the site."""
    person = get_object_or_404(Person, site=site, pk=pk, erased_at=None)
    data = request.POST if request.method == "POST" else None
    form = InviteForm(data, initial={"email": person.email})
    return _run(request, site, form, lambda data: person)


@site_page(PeoplePermission.MANAGE_ACCOUNTS)
@require_http_methods(["POST"])
def print_code(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a new invitation with its code and QR code, ready to print; an earlier one ends."""
    person = get_object_or_404(Person, site=site, pk=pk, erased_at=None)
    issued = invitations.invite_by_code(person, request.user, language=_language(site))
    return render_page(request, "console/accounts/printed.html", _printed(issued), "accounts")


def _run(request: SiteRequest, site: Site, form: PlainForm, person_of: Any) -> HttpResponse:
    dialog = Dialog(
        title=_("Invite a resident"),
        lead=_("The invitation is valid for 14 days, and once. An earlier one of the person ends."),
        button=_("Invite"),
    )

    def perform(data: dict[str, Any]) -> Issued:
        person, email, language = person_of(data), data["email"], _language(site)
        if data.get("by_sms"):
            return invitations.invite_by_sms(person, request.user, language=language), ""
        if not email:
            return invitations.invite_by_code(person, request.user, language=language)
        made = invitations.invite_by_mail(person, request.user, email=email, language=language)
        return made, ""

    def respond(issued: Issued) -> HttpResponse:
        if not issued[1]:
            return close_dialog(_("The invitation is being sent."), CHANGED)
        return render_fragment(request, "console/accounts/code.html", _printed(issued))

    return run_dialog(request, dialog, form, perform, _("Person invited."), respond, events=CHANGED)


def _printed(issued: Issued) -> dict[str, Any]:
    invitation, code = issued
    path = reverse("portal:invitation", args=[invitations.token_of(invitation)])
    base = settings.PUBLIC_URL.rstrip("/")
    return {
        "invitation": invitation,
        "code": code,
        "qr_code": qr_code(base + path),
        "address": base + reverse("portal:enter_code"),
    }


def _language(site: Site) -> str:
    return site.language or get_language() or settings.LANGUAGE_CODE
