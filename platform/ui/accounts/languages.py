"""The language that a user chose, in each browser in which they sign in."""

from django.conf import settings
from django.http import HttpResponse

from core.models import User


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
