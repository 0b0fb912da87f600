"""The first administrator: made once, with a password that only the machine's owner can read."""

import secrets

from django.contrib.auth import get_user_model

from config.appliance.places import Home, write_private

NAME = "admin"


def first_password(home: Home) -> str:
    """The administrator's first password, made and stored (mode 600) when it is first asked for."""
    if not home.admin_password.exists():
        write_private(home.admin_password, secrets.token_urlsafe(12) + "\n")
    return home.admin_password.read_text(encoding="utf-8").strip()


def make_admin(home: Home) -> bool:
    """Create the administrator where there is none yet; True where this call made it.

    An administrator who was renamed, or whose password was changed, is left alone.
    """
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return False
    users.create_superuser(username=NAME, password=first_password(home))
    return True


def login_line(home: Home) -> str:
    """The line that tells how to sign in for the first time."""
    if not home.admin_password.exists():
        return "Sign in with the administrator's account that you made."
    return (
        f"Sign in as {NAME} with the password {first_password(home)} "
        f"(kept in {home.admin_password}, unless you changed it)."
    )
