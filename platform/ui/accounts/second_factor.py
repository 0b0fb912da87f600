"""A user's own second factor: setting it up, and turning it off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.errors import Rejection
from core.models import User
from core.rate_limits import TooManyAttempts
from core.sealed_text import seal, unseal
from people import second_factor as services
from ui.accounts.forms import CodeForm
from ui.payment_links import qr_code
from ui.waiting import wait_text

_PENDING = "second_factor_pending"


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Show a secret as a QR code; its first code sets the second factor up."""
    user = _user(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if services.has_second_factor(user):
        return _page(request, "ui/second_factor_on.html", CodeForm())
    secret = unseal(request.session.setdefault(_PENDING, seal(services.new_secret())))
    if form.is_bound and form.is_valid():
        try:
            codes = services.set_up(user, secret, form.cleaned_data["code"])
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            del request.session[_PENDING]
            return render(request, "ui/recovery_codes.html", {"codes": codes})
    return _page(
        request,
        "ui/second_factor.html",
        form,
        secret=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        qr_code=qr_code(services.app_address(user, secret)),
        required=services.must_set_up(user),
    )


@sensitive_post_parameters()
@login_required
@require_http_methods(["POST"])
def turn_off(request: HttpRequest) -> HttpResponse:
    """Turn the second factor off, with a code."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _page(request, "ui/second_factor_on.html", form)
    try:
        services.turn_off(_user(request), form.cleaned_data["code"])
    except Rejection as rejection:
        form.add_rejection(rejection)
    except TooManyAttempts as error:
        form.add_error("code", wait_text(error.wait_s))
    else:
        messages.success(request, _("The second factor is off."))
        return redirect("profile")
    return _page(request, "ui/second_factor_on.html", form)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user


def _page(request: HttpRequest, template: str, form: CodeForm, **context: object) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
