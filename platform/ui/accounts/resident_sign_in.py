"""Residents sign in: with a code or a link that is sent to their e-mail address, or a password.

The pages answer the same whether an address has an account or not (`people.accounts.codes`).
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.client_address import client_address
from core.errors import Rejection
from core.models import User
from core.rate_limits import Limit, TooManyAttempts, count_attempt
from core.sign_in import Origin, ServerBusy, sign_in
from people.accounts import codes
from people.second_factor import has_second_factor
from ui.accounts.known_browsers import browser_mark
from ui.accounts.resident_forms import AddressForm, EmailPasswordForm, SentCodeForm
from ui.accounts.sign_in_code import ask_for_code, remember_sign_in
from ui.forms import PlainForm
from ui.waiting import wait_text

_METHODS = ["GET", "HEAD", "POST"]
_PENDING = "sign_in_code_sent"
_BACKEND = "django.contrib.auth.backends.ModelBackend"
# Links that are not valid, from one client.
OF_LINKS = Limit("sign-in-links", free=20, first_s=1, longest_s=300, window_s=3600)


@never_cache
@require_http_methods(_METHODS)
def address(request: HttpRequest) -> HttpResponse:
    """Ask for an e-mail address, and send a code to it."""
    if request.user.is_authenticated:
        return redirect(next_address(request))
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _page(request, "ui/resident_login.html", form)
    try:
        code = codes.send_code(
            form.cleaned_data["email"],
            client_address(request),
            get_language() or settings.LANGUAGE_CODE,
        )
    except Rejection as rejection:
        form.add_rejection(rejection)
        return _page(request, "ui/resident_login.html", form)
    except TooManyAttempts as error:
        return _refused(request, "ui/resident_login.html", form, 429, error.wait_s)
    request.session[_PENDING] = {"code": code.pk, "next": next_address(request)}
    return redirect("resident_code")


@sensitive_post_parameters()
@never_cache
@require_http_methods(_METHODS)
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that was sent, and sign its user in."""
    pending = request.session.get(_PENDING) or {}
    email = codes.address_of(pending.get("code"))
    if not email:
        return redirect("resident_login")
    form = SentCodeForm(request.POST if request.method == "POST" else None)
    template, context = "ui/resident_code.html", {"email": email, "next": pending["next"]}
    if not form.is_bound or not form.is_valid():
        return _page(request, template, form, **context)
    try:
        user = codes.sign_in_with_code(pending["code"], form.cleaned_data["code"])
    except TooManyAttempts as error:
        return _refused(request, template, form, 429, error.wait_s, **context)
    except Rejection as rejection:
        form.add_rejection(rejection)
        return _page(request, template, form, **context)
    if user is None:
        form.add_error("code", _("This code is not valid, or was used or replaced. Check it."))
        return _page(request, template, form, **context)
    return sign_in_user(request, user, pending["next"])


@never_cache
@require_http_methods(_METHODS)
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask to confirm the link of a mail, and sign its user in; opening it does not use it up."""
    found = codes.code_of_link(token)
    if found is None:
        return _not_valid(request)
    if request.method != "POST":
        return render(request, "ui/resident_link.html", {"email": found.email})
    try:
        user = codes.sign_in_with_link(token)
    except Rejection as rejection:
        context = {"email": found.email, "rejection": rejection}
        return render(request, "ui/resident_link.html", context, status=422)
    if user is None:
        return _not_valid(request)
    pending = request.session.get(_PENDING) or {}
    same = pending.get("code") == found.pk
    return sign_in_user(request, user, pending["next"] if same else reverse("portal:homes"))


@sensitive_post_parameters()
@never_cache
@require_http_methods(_METHODS)
def password(request: HttpRequest) -> HttpResponse:
    """Sign a resident in with an e-mail address and a password."""
    if request.user.is_authenticated:
        return redirect(next_address(request))
    form = EmailPasswordForm(request.POST if request.method == "POST" else None)
    template = "ui/resident_password.html"
    if not form.is_bound or not form.is_valid():
        return _page(request, template, form)
    name = codes.username_of(form.cleaned_data["email"])
    origin = Origin(client_address(request), browser_mark(request, name))
    try:
        user = sign_in(request, name, form.cleaned_data["password"], origin)
    except (TooManyAttempts, ServerBusy) as error:
        status = 429 if isinstance(error, TooManyAttempts) else 503
        return _refused(request, template, form, status, error.wait_s)
    if user is None:
        form.add_error(None, _("E-mail address or password is incorrect."))
        return _page(request, template, form)
    return sign_in_user(request, user, next_address(request))


def sign_in_user(request: HttpRequest, user: User, next_url: str) -> HttpResponse:
    """Sign a user in, after the second factor where one is set up."""
    request.session.pop(_PENDING, None)
    if has_second_factor(user):
        return ask_for_code(request, user, next_url)
    is_new = user.last_login is None
    login(request, user, backend=_BACKEND)
    return remember_sign_in(request, redirect(next_url), user, is_new=is_new)


def next_address(request: HttpRequest, asked: str | None = None) -> str:
    """Return the address of this installation to which a page leads, else that of the homes.

    Args:
        asked: the address that was asked for; by default that of the form or the query.
    """
    asked = asked or request.POST.get("next") or request.GET.get("next", "")
    is_own = url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure())
    return asked if is_own else reverse("portal:homes")


def _page(request: HttpRequest, template: str, form: PlainForm, **context: Any) -> HttpResponse:
    context = {"form": form, "next": next_address(request), **context}
    return render(request, template, context, status=422 if form.errors else 200)


def _refused(
    request: HttpRequest, template: str, form: PlainForm, status: int, wait_s: int, **context: Any
) -> HttpResponse:
    text = _("Many people are signing in. Try again in a moment.")
    text = wait_text(wait_s) if status == 429 else text
    context = {"form": form, "next": next_address(request), "refused": text, **context}
    response = render(request, template, context, status=status)
    response["Retry-After"] = str(wait_s)
    return response


def _not_valid(request: HttpRequest) -> HttpResponse:
    try:
        count_attempt((OF_LINKS, client_address(request)))
    except TooManyAttempts as error:
        context = {"refused": wait_text(error.wait_s)}
        return render(request, "ui/resident_link_ended.html", context, status=429)
    return render(request, "ui/resident_link_ended.html", status=404)
