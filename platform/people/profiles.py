"""A user's own profile."""

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import User


@transaction.atomic
def change_profile(user: User, *, name: str, language: str) -> None:
    """Change a user's name and language.

    Args:
        language: one of the product's languages; empty to follow the browser.

    Raises:
        Rejection: the name is missing.
    """
    name = " ".join(name.split())
    if not any(map(str.isalpha, name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter your name"))
    if (user.get_full_name(), user.language) == (name, language):
        return
    user.first_name, user.last_name, user.language = name, "", language
    user.save(update_fields=["first_name", "last_name", "language"])
    audit.record(None, user, "change profile", ("user", user.pk))
