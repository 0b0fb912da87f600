"""Sign-ins behind the live channel: a page's WebSocket ends with the session that opened it.

HTTP checks the session with every request; a WebSocket stays open, so it has to be closed: at once
by a notification (log-out, changed password, deactivated user, changed roles), and by checking
again every half minute where nothing was notified.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, load_backend
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.db.models.signals import post_delete, post_save
from django.utils.crypto import constant_time_compare

from core import clock, live
from core.models import User
from core.sessions import is_session_key

_ADMITTING_FIELDS = {"password", "is_active", "is_superuser"}


@dataclass(frozen=True)
class SignIn:
    """A valid session and its user."""

    user: User
    expires_at: datetime


def sign_in_of(session_key: str | None) -> SignIn | None:
    """Return the sign-in of a session in the database.

    Returns:
        None where the session has ended or expired, where its user is inactive, or where the
        password was changed since or has to be changed first.
    """
    if not is_session_key(session_key):
        return None
    session = Session.objects.filter(pk=session_key, expire_date__gt=clock.now()).first()
    if session is None:
        return None
    user = _verified_user(session.get_decoded())
    return SignIn(user, session.expire_date) if user else None


def _verified_user(data: Mapping[str, Any]) -> User | None:
    path = data.get(BACKEND_SESSION_KEY)
    if path not in settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(path).get_user(data[SESSION_KEY])  # None for an inactive user
    if not isinstance(user, User):
        return None
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    stored = data.get(HASH_SESSION_KEY, "")
    if user.must_change_password:
        return None
    return user if any(constant_time_compare(stored, each) for each in hashes) else None


def connect_signals() -> None:
    """Notify the live channel of log-outs and of changed users, once the apps are ready."""
    user_logged_out.connect(_logged_out, dispatch_uid="live session")
    post_save.connect(_user_saved, sender=User, dispatch_uid="live user")


def watch(model: type[Model], users_of: Callable[[Any], Iterable[int]]) -> None:
    """Check users' pages again when a row that grants permissions is saved or deleted.

    Args:
        users_of: returns the ids of the users whose permissions depend on a row.
    """

    def recheck(instance: Any, **_: object) -> None:
        for user_id in users_of(instance):
            live.recheck_user(user_id)

    for signal in (post_save, post_delete):
        signal.connect(recheck, sender=model, weak=False, dispatch_uid=f"live {model.__name__}")


def _logged_out(request: Any = None, **_: object) -> None:
    key = request.session.session_key if request is not None else None
    if key:
        live.end_session(key)


def _user_saved(instance: User, update_fields: frozenset[str] | None = None, **_: object) -> None:
    if update_fields is None or _ADMITTING_FIELDS & set(update_fields):
        live.recheck_user(instance.pk)
