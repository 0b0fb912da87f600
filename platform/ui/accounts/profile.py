"""A user's own profile: name, language, theme, and where they are signed in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import Rejection
from core.models import User
from people import sign_in_sessions
from people.models import SignInSession
from people.profiles import change_profile
from ui.accounts.browser_names import browser_name
from ui.accounts.forms import ProfileForm
from ui.accounts.languages import remember_language


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show the user's profile and sessions, or change the profile."""
    user = _user(request)
    form = ProfileForm(request.POST or None, initial=_initial(user))
    if form.is_bound and form.is_valid():
        try:
            change_profile(user, **form.cleaned_data)
        except Rejection as rejection:
            form.add_rejection(rejection)
        else:
            messages.success(request, _("Saved."))
            response = redirect("profile")
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
            remember_language(response, user)
            return response
    context = {"form": form, "sessions": _sessions(request, user)}
    return render(request, "ui/profile.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the user's sessions."""
    sign_in_sessions.end_session(get_object_or_404(SignInSession, user=_user(request), pk=pk))
    messages.success(request, _("Session ended."))
    return redirect("profile")


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of the user's sessions but this one."""
    count = sign_in_sessions.end_other_sessions(_user(request), request.session.session_key)
    text = ngettext("%(count)s session ended.", "%(count)s sessions ended.", count)
    messages.success(request, text % {"count": count})
    return redirect("profile")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    return request.user


def _initial(user: User) -> dict[str, str]:
    return {"name": user.get_full_name(), "language": user.language, "theme": user.theme}


def _sessions(request: HttpRequest, user: User) -> list[dict[str, object]]:
    here = request.session.session_key
    return [
        {"row": row, "browser": browser_name(row.browser), "here": row.session_key == here}
        for row in sign_in_sessions.sessions_of(user)
    ]
