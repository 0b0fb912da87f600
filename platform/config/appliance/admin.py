"""The first administrator, whose generated password only the machine's owner can read."""

import secrets

from django.contrib.auth import get_user_model

from config.appliance.places import Home, write_private

NAME = "admin"


def first_password(home: Home) -> str:
    """Return the administrator's first password, generated and stored (mode 600) on first use."""
    if not home.admin_password.exists():
        write_private(home.admin_password, secrets.token_urlsafe(12) + "\n")
    return home.admin_password.read_text(encoding="utf-8").strip()


def create_admin(home: Home) -> bool:
    """Create an administrator if there is none; return whether one was created.

    An administrator who was renamed, or whose password was changed, is not touched.
    """
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return False
    users.create_superuser(username=NAME, password=first_password(home))
    return True


def login_line(home: Home) -> str:
    """Return the line with the first login."""
    if not home.admin_password.exists():
        return "Sign in with your administrator's account."
    return (
        f"Sign in as {NAME} with the password {first_password(home)} "
        f"(kept in {home.admin_password}, unless you changed it)."
    )
