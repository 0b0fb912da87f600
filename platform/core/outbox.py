"""The outbox: what the outside must be told, written with its cause and sent by a job.

A topic has one sender, wired at start. A message is sent at least once, its key telling the
receiver of a second copy; one that fails waits longer each time and is never dropped.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction

from core import clock
from core.models import OutboxMessage

Sender = Callable[[str, dict[str, Any]], None]
_senders: dict[str, Sender] = {}
_WAITS = [5, 30, 120, 600, 1800, 7200, 21600]  # seconds after each failure; the last one repeats


def send_with(topic: str, sender: Sender) -> None:
    """Wire the sender of a topic: ``sender(key, payload)`` raises when it could not send."""
    _senders[topic] = sender


def put(topic: str, key: str, payload: dict[str, Any]) -> None:
    """Add a message in the caller's transaction; the same key a second time changes nothing."""
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                topic=topic,
                key=key,
                payload=payload,
                created_at=clock.now(),
                next_attempt_at=clock.now(),
            )
        ],
        ignore_conflicts=True,
    )


def send_due(limit: int = 100) -> int:
    """Send the messages that are due, oldest first, and return how many were tried."""
    tried = 0
    while tried < limit and _send_one():
        tried += 1
    return tried


@transaction.atomic
def _send_one() -> bool:
    due = OutboxMessage.objects.filter(sent_at__isnull=True, next_attempt_at__lte=clock.now())
    message = due.order_by("next_attempt_at").select_for_update(skip_locked=True).first()
    if message is None:
        return False
    message.attempts += 1
    try:
        with transaction.atomic():
            _senders[message.topic](message.key, message.payload)
    except Exception as error:  # any failure of a sender means: not sent, try again later
        wait = _WAITS[min(message.attempts, len(_WAITS)) - 1]
        message.next_attempt_at = clock.now() + timedelta(seconds=wait)
        message.last_error = f"{type(error).__name__}: {error}"[:1000]
    else:
        message.sent_at = clock.now()
    message.save(update_fields=["attempts", "next_attempt_at", "last_error", "sent_at"])
    return True
