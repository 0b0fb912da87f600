"""The language and the theme that a user chose, in each browser in which they sign in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as set_language_cookie

from core.models import User
from people import profiles


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Show pages in another language from now on; a user's is stored, too."""
    if isinstance(request.user, User):
        profiles.choose_language(request.user, request.POST.get("language", ""))
    return set_language_cookie(request)


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Store the theme that a user has switched to; a visitor's browser remembers it by itself."""
    if isinstance(request.user, User):
        profiles.choose_theme(request.user, request.POST.get("theme", ""))
    return HttpResponse(status=204)


def remember_language(response: HttpResponse, user: User) -> None:
    """Show pages in the user's language from now on; without one, they follow the browser."""
    if user.language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.HTTPS,
            samesite="Lax",
        )
