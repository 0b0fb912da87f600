"""What colleagues call a person of the staff."""

from core.models import User


def name_of(user: User) -> str:
    """Return the person's name, or the user name of one who has none."""
    return user.get_full_name() or user.get_username()
