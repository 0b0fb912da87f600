"""Signing in."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.rate_limits import TooManyAttempts
from core.sign_in import ServerBusy
from ui.accounts.forms import SignInForm
from ui.accounts.known_browsers import remember_browser
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
        """Sign the user in, in a browser that is known from now on."""
        response = super().form_valid(form)
        remember_browser(self.request, response, form.get_user())
        return response

    def _refused(self, status: int, wait_s: int, text: str) -> HttpResponse:
        context = self.get_context_data(form=SignInForm(self.request), refused=text)
        headers = {"Retry-After": str(wait_s)}
        return self.render_to_response(context, status=status, headers=headers)
