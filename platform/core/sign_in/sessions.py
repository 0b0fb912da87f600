"""Ending a user's sessions."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction

from core import clock, live
from core.models import User


@transaction.atomic
def end_sessions(user: User, *, except_key: str | None = None) -> int:
    """End the user's sessions and close their live pages; return how many there were.

    Args:
        except_key: the session that goes on.
    """
    running = Session.objects.filter(expire_date__gt=clock.now()).exclude(pk=except_key)
    keys = [
        session.pk
        for session in running.iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(pk__in=keys).delete()
    for key in keys:
        live.end_session(key)
    return len(keys)
