"""The first administrator, whose generated password only the machine's owner can read.

It is shown until the administrator signs in for the first time and replaces it.
"""

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
    users.create_superuser(username=NAME, password=first_password(home), must_change_password=True)
    return True


def update_first_password(home: Home) -> None:
    """Remove the file of the first password unless it is still valid; then it must be replaced.

    Versions before the page to change a password kept the file for ever, and `manage.py
    changepassword` does not know of it.
    """
    if not home.admin_password.exists():
        return
    admin = get_user_model().objects.filter(username=NAME, is_superuser=True).first()
    if admin is None or not admin.check_password(first_password(home)):
        forget_first_password(home)
    elif not admin.must_change_password:
        admin.must_change_password = True
        admin.save(update_fields=["must_change_password"])


def forget_first_password(home: Home) -> None:
    """Remove the file of the first password."""
    home.admin_password.unlink(missing_ok=True)


def login_line(home: Home) -> str:
    """Return the line with the first login, until its password was replaced."""
    if not home.admin_password.exists():
        return "Sign in with your account."
    return (
        f"Sign in as {NAME} with the password {first_password(home)} "
        f"(kept in {home.admin_password} until you replace it at the first sign-in)."
    )
