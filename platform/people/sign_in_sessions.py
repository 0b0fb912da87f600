"""A user's own sessions: where they are signed in, and ending them."""

from django.contrib.sessions.models import Session
from django.db import transaction

from core import audit, clock, live
from core.live_sessions import sign_in_of
from core.models import User
from core.sign_in import end_sessions
from people.models import SignInSession

_BROWSER_LENGTH = 300


@transaction.atomic
def record_session(user: User, key: str, browser: str, address: str) -> None:
    """Record that a session was used, from which browser and address.

    A new session removes the records of the user's sessions that are gone.
    """
    now = clock.now()
    seen = {"user": user, "browser": browser[:_BROWSER_LENGTH], "address": address, "seen_at": now}
    _row, is_new = SignInSession.objects.update_or_create(
        session_key=key, defaults=seen, create_defaults={**seen, "began_at": now}
    )
    if is_new:
        alive = Session.objects.filter(expire_date__gt=now).values("pk")
        SignInSession.objects.filter(user=user).exclude(session_key__in=alive).delete()


def sessions_of(user: User) -> list[SignInSession]:
    """Return the user's valid sessions, the last used first."""
    rows = SignInSession.objects.filter(user=user).order_by("-seen_at", "-pk")
    return [row for row in rows if sign_in_of(row.session_key)]


@transaction.atomic
def end_session(session: SignInSession) -> None:
    """End one session of a user and close its live pages."""
    Session.objects.filter(pk=session.session_key).delete()
    live.end_session(session.session_key)
    session.delete()
    audit.record(None, session.user, "end session", ("user", session.user_id))


@transaction.atomic
def end_other_sessions(user: User, key: str | None) -> int:
    """End the user's sessions but the one with this key; return how many there were."""
    count = end_sessions(user, except_key=key)
    SignInSession.objects.filter(user=user).exclude(session_key=key).delete()
    audit.record(None, user, "end other sessions", ("user", user.pk), count=count)
    return count
