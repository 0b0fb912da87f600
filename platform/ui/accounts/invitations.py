"""The page behind the link of an invitation: a new account, or the one that is signed in."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.client_address import client_address
from core.errors import Rejection
from core.models import User
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from core.sign_in import ServerBusy
from people import invitations
from people.models import StaffInvitation
from ui.accounts.forms import InvitedForm
from ui.accounts.sign_in_code import remember_sign_in
from ui.waiting import wait_text

# Links that are not valid, from one address. A valid one is never delayed.
OF_ADDRESS = Limit("invitation-links", free=20, first_s=1, longest_s=300, window_s=3600)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation, or accept it; opening the page does not use the link up."""
    found = invitations.invitation_of(token)
    if found is None:
        return _not_valid(request)
    if not request.user.is_authenticated and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(found.language)
    if request.method != "POST":
        return _page(request, found, InvitedForm(initial={"username": _suggestion(found)}))
    if isinstance(request.user, User):
        return _accept_signed_in(request, token, request.user)
    return _accept_new(request, token, found)


def _accept_signed_in(request: HttpRequest, token: str, user: User) -> HttpResponse:
    try:
        invitations.accept_with_account(token, user)
    except Rejection:
        return _not_valid(request)
    return redirect("/")


def _accept_new(request: HttpRequest, token: str, found: StaffInvitation) -> HttpResponse:
    form = InvitedForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        user = invitations.accept_with_new_account(
            token, form.cleaned_data["username"], form.cleaned_data["new"]
        )
    except Rejection as rejection:
        if rejection.code == "not_valid":
            return _not_valid(request)
        form.add_rejection(rejection)
        return _page(request, found, form)
    except ServerBusy:
        form.add_error(None, _("Many people are signing in. Try again in a moment."))
        return _page(request, found, form, 503)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return remember_sign_in(request, redirect("/"), user, is_new=True)


def _page(
    request: HttpRequest, found: StaffInvitation, form: InvitedForm, status: int = 200
) -> HttpResponse:
    inviter = found.invited_by.display_name
    context: dict[str, Any] = {"invitation": found, "inviter": inviter, "form": form}
    status = 422 if form.errors and status == 200 else status
    return render(request, "ui/invitation.html", context, status=status)


def _not_valid(request: HttpRequest) -> HttpResponse:
    """Answer the same to every link that can't be accepted, whatever the reason."""
    try:
        count_attempt((OF_ADDRESS, client_address(request)))
    except TooManyAttempts as error:
        context = {"refused": wait_text(error.wait_s)}
        return render(request, "ui/invitation_ended.html", context, status=429)
    return render(request, "ui/invitation_ended.html", status=404)


def _suggestion(found: StaffInvitation) -> str:
    return found.email.partition("@")[0]
