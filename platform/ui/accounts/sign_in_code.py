"""The second step of a sign-in: a code, after the password was correct.

Until the code is accepted nobody is signed in: the session only holds who may enter one.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core import clock
from core.models import User
from core.notifications.rendering import language_of
from core.rate_limits import TooManyAttempts
from people.second_factor import check_code
from people.sign_in_notices import notify_new_browser
from ui.accounts.browser_names import browser_name
from ui.accounts.forms import CodeForm
from ui.accounts.known_browsers import is_known_browser, remember_browser
from ui.accounts.languages import remember_language
from ui.waiting import wait_text

_PENDING = "sign_in_pending"
_PENDING_S = 600


def ask_for_code(request: HttpRequest, user: User, next_url: str) -> HttpResponse:
    """Redirect a user whose password was correct to the page for the code."""
    request.session.cycle_key()
    request.session[_PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "until": clock.now().timestamp() + _PENDING_S,
        "next": next_url,
    }
    return redirect("sign_in_code")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and sign the user in."""
    pending = request.session.get(_PENDING, {})
    user = _pending_user(pending)
    if user is None:
        return redirect(settings.LOGIN_URL)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _page(request, form, 422 if form.is_bound else 200)
    try:
        accepted = check_code(user, form.cleaned_data["code"])
    except TooManyAttempts as error:
        return _page(request, form, 429, wait_text(error.wait_s))
    if not accepted:
        return _page(request, form, 422, _("This code is not valid, or was used already."))
    del request.session[_PENDING]
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return remember_sign_in(request, redirect(pending["next"]), user)


def remember_sign_in(
    request: HttpRequest, response: HttpResponse, user: User, *, is_new: bool = False
) -> HttpResponse:
    """Make the browser one that the user has signed in with, in the user's language.

    The user gets a mail if it was not one before.

    Args:
        is_new: whether it is the account's first sign-in, which needs no mail.
    """
    if not is_new and not is_known_browser(request, user):
        with language_of(user):
            browser = browser_name(request.headers.get("User-Agent", ""))
        notify_new_browser(user, browser)
    remember_browser(request, response, user)
    remember_language(response, user)
    return response


def _pending_user(pending: dict[str, Any]) -> User | None:
    """Return who may enter a code; None if time ran out or the password was changed."""
    if not pending or pending["until"] < clock.now().timestamp():
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    if user and constant_time_compare(user.get_session_auth_hash(), pending["hash"]):
        return user
    return None


def _page(request: HttpRequest, form: CodeForm, status: int, refused: str = "") -> HttpResponse:
    context = {"form": form, "refused": refused}
    return render(request, "ui/sign_in_code.html", context, status=status)
