"""Changing one's own password."""

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, events
from core.errors import Rejection
from core.models import User
from core.rate_limits import Limit, count_attempt, forget_attempts
from core.sign_in.hashing import hashing_slot

# Guesses of the current password in a session that somebody left open.
OF_CURRENT = Limit("current-password", free=5, first_s=1, longest_s=900, window_s=86_400)


@dataclass(frozen=True)
class PasswordChanged:
    """A user's password was changed.

    Attributes:
        was_generated: whether the old one was generated and had to be replaced.
    """

    user_id: int
    is_superuser: bool
    was_generated: bool


def change_password(user: User, current: str, new: str) -> None:
    """Replace the user's password; all sessions of the old one end.

    Raises:
        Rejection: the current password is incorrect, or the new one too weak.
        TooManyAttempts: the current password was guessed too often.
        ServerBusy: too many passwords are being checked.
    """
    with hashing_slot(known=True):
        count_attempt((OF_CURRENT, str(user.pk)))
        if not user.check_password(current):
            raise Rejection(
                "current",
                "incorrect_password",
                _("the current password is incorrect"),
                _("enter the password that you sign in with"),
            )
        _require_strong(user, current, new)
        user.set_password(new)
    forget_attempts((OF_CURRENT, str(user.pk)))
    was_generated, user.must_change_password = user.must_change_password, False
    with transaction.atomic():
        user.save(update_fields=["password", "must_change_password"])
        audit.record(None, user, "change password", ("user", user.pk))
        events.publish(PasswordChanged(user.pk, user.is_superuser, was_generated))


def choose_first_password(user: User, new: str) -> None:
    """Set the password of a user who has none and signs in by other means.

    Raises:
        Rejection: there is one already, or the new one is too weak.
        ServerBusy: too many passwords are being checked.
    """
    if user.has_usable_password():
        raise Rejection(
            "new",
            "has_password",
            _("this account has a password already"),
            _("change it with the current one"),
        )
    with hashing_slot(known=True):
        require_strong(user, new)
        user.set_password(new)
    with transaction.atomic():
        user.save(update_fields=["password"])
        audit.record(None, user, "choose password", ("user", user.pk))


def _require_strong(user: User, current: str, new: str) -> None:
    if new == current:
        raise Rejection(
            "new",
            "same_password",
            _("this is the current password"),
            _("choose another one"),
        )
    require_strong(user, new)


def require_strong(user: User, new: str) -> None:
    """Require a new password that is hard to guess.

    Raises:
        Rejection: it is too weak, at the field ``new``.
    """
    try:
        validate_password(new, user)
    except ValidationError as error:
        texts = " ".join(text.rstrip(".") + "." for text in error.messages)
        raise Rejection(
            "new", "weak_password", texts.rstrip("."), _("choose a longer and rarer one")
        ) from None
