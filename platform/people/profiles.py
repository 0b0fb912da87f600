"""A user's own profile."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import User

THEMES = ("light", "dark")


@transaction.atomic
def change_profile(user: User, *, name: str, language: str, theme: str = "") -> None:
    """Change a user's name, and the language and theme of their pages.

    Args:
        language: one of the product's languages; empty to follow the browser.
        theme: one of `THEMES`; empty to follow the system.

    Raises:
        Rejection: the name is missing.
    """
    name = " ".join(name.split())
    if not any(map(str.isalpha, name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter your name"))
    if (user.get_full_name(), user.language, user.theme) == (name, language, theme):
        return
    user.first_name, user.last_name, user.language, user.theme = name, "", language, theme
    user.save(update_fields=["first_name", "last_name", "language", "theme"])
    audit.record(None, user, "change profile", ("user", user.pk))


def choose_language(user: User, language: str) -> None:
    """Store the language that a user chose on a page; an unknown one is ignored."""
    if language in dict(settings.LANGUAGES) and language != user.language:
        user.language = language
        user.save(update_fields=["language"])


def choose_theme(user: User, theme: str) -> None:
    """Store the theme that a user chose on a page; an unknown one is ignored."""
    if theme in THEMES and theme != user.theme:
        user.theme = theme
        user.save(update_fields=["theme"])
