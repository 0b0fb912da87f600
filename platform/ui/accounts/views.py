"""Signing in, and changing one's own password."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.errors import Rejection
from core.models import User
from core.rate_limits import TooManyAttempts
from core.sign_in import ServerBusy, change_password, choose_first_password
from people.second_factor import has_second_factor
from ui.accounts.forms import PasswordForm, SignInForm
from ui.accounts.resident_forms import NewPasswordForm
from ui.accounts.sign_in_code import ask_for_code, remember_sign_in
from ui.waiting import wait_text


class SignInView(LoginView):
    """The page to sign in: 429 to an attempt that came too early, 503 if the server is busy."""

    template_name = "ui/login.html"
    form_class = SignInForm  # type: ignore[assignment]  # of a form it only needs get_user
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in, or show why not."""
        try:
            return super().post(request, *args, **kwargs)
        except TooManyAttempts as error:
            return self._refused(429, error.wait_s, wait_text(error.wait_s))
        except ServerBusy as error:
            text = _("Many people are signing in. Try again in a moment.")
            return self._refused(503, error.wait_s, text)

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign the user in, or ask for the second factor first."""
        user = form.get_user()
        if has_second_factor(user):
            return ask_for_code(self.request, user, self.get_success_url())
        response = super().form_valid(form)
        return remember_sign_in(self.request, response, user)

    def _refused(self, status: int, wait_s: int, text: str) -> HttpResponse:
        context = self.get_context_data(form=SignInForm(self.request), refused=text)
        headers = {"Retry-After": str(wait_s)}
        return self.render_to_response(context, status=status, headers=headers)


@sensitive_post_parameters()
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change the user's own password; this session goes on, all others end."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    if not request.user.has_usable_password():
        return _first_password(request, request.user)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _password_page(request, form, 422 if form.is_bound else 200)
    try:
        change_password(request.user, form.cleaned_data["current"], form.cleaned_data["new"])
    except Rejection as rejection:
        form.add_rejection(rejection)
        return _password_page(request, form, 422)
    except TooManyAttempts as error:
        return _password_page(request, form, 429, wait_text(error.wait_s))
    except ServerBusy:
        text = _("Many people are signing in. Try again in a moment.")
        return _password_page(request, form, 503, text)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Password changed. You are signed out everywhere else."))
    return redirect(settings.LOGIN_REDIRECT_URL)


def _first_password(request: HttpRequest, user: User) -> HttpResponse:
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            choose_first_password(user, form.cleaned_data["new"])
        except Rejection as rejection:
            form.add_rejection(rejection)
        except ServerBusy:
            form.add_error(None, _("Many people are signing in. Try again in a moment."))
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Saved."))
            return redirect("profile")
    status = 422 if form.errors else 200
    return render(request, "ui/first_password.html", {"form": form}, status=status)


def _password_page(
    request: HttpRequest, form: PasswordForm, status: int, refused: str = ""
) -> HttpResponse:
    context = {"form": form, "refused": refused}
    return render(request, "ui/password.html", context, status=status)
