"""The page behind an invitation's link, and the form for a printed code."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.client_address import client_address
from core.errors import Rejection
from core.models import User
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from people.accounts import invitations
from people.models import ResidentInvitation
from portal.homes.forms import PrintedCodeForm
from ui.waiting import wait_text

_METHODS = ["GET", "HEAD", "POST"]
# Links that are not valid, and printed codes, from one client. A valid link is never delayed.
OF_LINKS = Limit("resident-links", free=20, first_s=1, longest_s=300, window_s=3600)
OF_CODES = Limit("printed-codes", free=10, first_s=5, longest_s=900, window_s=3600)


@never_cache
@require_http_methods(_METHODS)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation, or accept it; opening the page does not use it up."""
    found = invitations.invitation_of(token)
    if found is None:
        return _not_valid(request)
    if request.method == "POST" and isinstance(request.user, User):
        return _accept(request, token, request.user)
    return _page(request, found)


@never_cache
@require_http_methods(_METHODS)
def enter_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of a printed invitation, and redirect to it."""
    form = PrintedCodeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            count_attempt((OF_CODES, client_address(request)))
        except TooManyAttempts as error:
            form.add_error(None, wait_text(error.wait_s))
            return render(request, "portal/homes/enter_code.html", {"form": form}, status=429)
        found = invitations.invitation_of_code(form.cleaned_data["code"])
        if found is not None:
            return redirect("portal:invitation", token=invitations.token_of(found))
        text = _("This code is not valid, or was used. Check it, or ask for another one.")
        form.add_error("code", text)
    if form.errors:
        status = 422
    return render(request, "portal/homes/enter_code.html", {"form": form}, status=status)


def _accept(request: HttpRequest, token: str, user: User) -> HttpResponse:
    try:
        binding = invitations.accept(token, user)
    except Rejection as rejection:
        found = invitations.invitation_of(token)
        if found is None:
            return _not_valid(request)
        return _page(request, found, rejection, 422)
    messages.success(request, _("Welcome. This is your home now."))
    return redirect("portal:home", binding=binding.pk)


def _page(
    request: HttpRequest,
    found: ResidentInvitation,
    rejection: Rejection | None = None,
    status: int = 200,
) -> HttpResponse:
    is_for_user = isinstance(request.user, User) and invitations.is_for(found, request.user)
    context: dict[str, Any] = {
        "invitation": found,
        "site": found.site,
        "is_for_user": is_for_user,
        "rejection": rejection,
    }
    return render(request, "portal/homes/invitation.html", context, status=status)


def _not_valid(request: HttpRequest) -> HttpResponse:
    """Answer the same to every link that can't be accepted, whatever the reason."""
    try:
        count_attempt((OF_LINKS, client_address(request)))
    except TooManyAttempts as error:
        context = {"refused": wait_text(error.wait_s)}
        return render(request, "portal/homes/invitation_ended.html", context, status=429)
    return render(request, "portal/homes/invitation_ended.html", status=404)
