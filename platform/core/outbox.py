"""The outbox: messages to the outside, written with their cause and sent by a job.

Each topic is declared by the room that sends it, and has one sender, wired at start. A message is
sent at least once, outside any transaction; its key is the receiver's means to recognise a second
copy. One that fails is retried with a growing delay and never dropped. A sender that raises
`NotYet` postpones its message, which is no failure.

A sender process first takes a lease on a message, in a short transaction. When it is killed, the
message is due again at the end of the lease. Messages of one `receiver` are sent in the order in
which they were added: a later one waits until the earlier one has been sent. A receiver can be
paused: its messages stay.

A topic can have a lane of its own (core.outbox_lanes): threads that send to many receivers at once,
so that one that does not answer delays no other. `send_due` leaves the messages of lanes alone.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from core import clock, jobs
from core.models import OutboxMessage, PausedReceiver
from core.retry_schedule import GROWING, Schedule

logger = logging.getLogger(__name__)
Sender = Callable[[str, dict[str, Any]], None]
_senders: dict[str, Sender] = {}
_topics: set[str] = set()
_lanes: dict[str, str] = {}
_schedules: dict[str, Schedule] = {}
#: The ends of topics whose messages are sent as mails, and as text messages.
MAIL, SMS = ".mail", ".sms"
# Longer than any sender waits for its receiver.
LEASE = timedelta(minutes=3)
_LEAST_DELAY = timedelta(seconds=5)


class NotYet(Exception):  # noqa: N818 - what postpones a message is no error
    """Raised by a sender whose message may not be sent before an instant.

    Attributes:
        until: when the message is due again, as aware UTC.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until.isoformat()}")
        self.until = until


class NotSent(Exception):  # noqa: N818 - named after what it means to the message
    """Raised by a sender whose receiver did not accept; it is tried again by the schedule.

    Attributes:
        not_before: the earliest next attempt, which the receiver asked for; None without one.
    """

    def __init__(self, text: str, not_before: datetime | None = None) -> None:
        super().__init__(text)
        self.not_before = not_before


def declare(topic: str, *, lane: str = "", schedule: Schedule = GROWING) -> str:
    """Declare a topic and return it; called at import, where its messages are added.

    Args:
        topic: such as ``receipt.mail``; `MAIL` and `SMS` at the end say how it is sent.
        lane: the lane that sends it; empty for the job that calls `send_due`.
        schedule: when a failed message is tried again.

    Raises:
        ValueError: the topic was declared before.
    """
    if topic in _topics:
        raise ValueError(f"the topic {topic} is declared twice")
    _topics.add(topic)
    _schedules[topic] = schedule
    if lane:
        _lanes[topic] = lane
    return topic


def lane_topics(lane: str) -> list[str]:
    """Return the topics that a lane sends."""
    return sorted(topic for topic, name in _lanes.items() if name == lane)


def lane_channel(lane: str) -> str:
    """Return the channel of PostgreSQL that wakes a lane."""
    return f"outbox_{lane}"


def topics(end: str = "") -> list[str]:
    """Return the declared topics with that end, such as `MAIL`, in the order of their names."""
    return sorted(topic for topic in _topics if topic.endswith(end))


def has_sender(topic: str) -> bool:
    """Return whether a sender of the topic is wired."""
    return topic in _senders


def send_with(topic: str, sender: Sender) -> None:
    """Wire the sender of a topic: ``sender(key, payload)`` raises when it could not send."""
    _senders[topic] = sender


def put(topic: str, key: str, payload: dict[str, Any], *, receiver: str = "") -> None:
    """Add a message in the caller's transaction; a key that was used before is ignored.

    Args:
        topic: chooses the sender.
        key: unique; handed to the receiver as an idempotency key.
        payload: plain JSON.
        receiver: messages of one receiver are sent in order; without one, in any order.

    Raises:
        ValueError: the topic is not declared, or its lane needs a receiver.
    """
    if topic not in _topics:
        raise ValueError(f"the topic {topic} is not declared")
    lane = _lanes.get(topic, "")
    if lane and not receiver:
        raise ValueError(f"a message of the lane {lane} needs a receiver")
    message = OutboxMessage(
        topic=topic,
        key=key,
        payload=payload,
        receiver=receiver,
        created_at=clock.now(),
        next_attempt_at=clock.now(),
    )
    OutboxMessage.objects.bulk_create([message], ignore_conflicts=True)
    if lane:
        _wake(lane)


def pause(receiver: str) -> None:
    """Send a receiver nothing until it is resumed; its messages stay in their order."""
    PausedReceiver.objects.get_or_create(receiver=receiver, defaults={"at": clock.now()})


@transaction.atomic
def resume(receiver: str) -> None:
    """Send a receiver its messages again, the first one now, by a schedule that begins anew."""
    PausedReceiver.objects.filter(receiver=receiver).delete()
    now = clock.now()
    # One that is under way is settled by its own process.
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = OutboxMessage.objects.filter(free, receiver=receiver, sent_at=None)
    waiting.update(next_attempt_at=now, attempts=0, failing_since=None)
    for lane in sorted({_lanes[topic] for topic in _topics if topic in _lanes}):
        _wake(lane)


def postpone(receiver: str, until: datetime) -> None:
    """Send a receiver nothing before an instant, except for what is under way."""
    now = clock.now()
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = OutboxMessage.objects.filter(free, receiver=receiver, sent_at=None)
    waiting.filter(next_attempt_at__lt=until).update(next_attempt_at=until)


def next_attempt(receiver: str) -> datetime | None:
    """Return when a receiver's first message is due; None where none waits."""
    waiting = OutboxMessage.objects.filter(receiver=receiver, sent_at=None).order_by("pk")
    return waiting.values_list("next_attempt_at", flat=True).first()


def _wake(lane: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [lane_channel(lane)])


def unsent(topics: Collection[str]) -> QuerySet[OutboxMessage]:
    """Return the messages of these topics that wait to be sent, oldest first."""
    return OutboxMessage.objects.filter(topic__in=topics, sent_at__isnull=True).order_by("pk")


def send_due(limit: int = 100) -> int:
    """Send the messages that are due, oldest first, and return how many were tried."""
    tried = 0
    while tried < limit and (message := _claim_next()) is not None:
        send(message)
        jobs.report_progress()
        tried += 1
    return tried


@transaction.atomic
def _claim_next() -> OutboxMessage | None:
    """Take a lease on the message that is due longest, and count the attempt."""
    now = clock.now()
    unsent = OutboxMessage.objects.filter(sent_at__isnull=True)
    earlier = unsent.filter(receiver=OuterRef("receiver"), pk__lt=OuterRef("pk"))
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    due = unsent.filter(free, Q(receiver="") | ~Exists(earlier), next_attempt_at__lte=now)
    paused = PausedReceiver.objects.filter(receiver=OuterRef("receiver"))
    due = due.exclude(topic__in=list(_lanes)).exclude(Exists(paused))
    ordered = due.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True)
    message = ordered.first()
    if message is not None:
        message.attempts += 1
        message.claimed_until = now + LEASE
        message.save(update_fields=["attempts", "claimed_until"])
    return message


def send(message: OutboxMessage) -> None:
    """Send a message on which this process has a lease, then store how that went."""
    try:
        _senders[message.topic](message.key, message.payload)
    except NotYet as postponed:
        due = max(postponed.until, clock.now() + _LEAST_DELAY)
        _store(message, next_attempt_at=due, attempts=F("attempts") - 1)
    except Exception as error:  # any error of a sender means that the message was not sent
        text = f"{type(error).__name__}: {error}"[:1000]
        logger.warning("%s %s was not sent: %s", message.topic, message.key, text)
        _store(message, last_error=text, **_next_attempt(message, error))
    else:
        _store(message, sent_at=clock.now())


def _next_attempt(message: OutboxMessage, error: Exception) -> dict[str, datetime]:
    """Return since when a failed message fails, and when it is tried again."""
    now = clock.now()
    since = message.failing_since or now
    schedule = _schedules.get(message.topic, GROWING)
    due = now + schedule.delay(message.attempts, now - since)
    wanted = error.not_before if isinstance(error, NotSent) else None
    return {"failing_since": since, "next_attempt_at": max(due, wanted or due)}


def _store(message: OutboxMessage, **values: Any) -> None:
    # Where the lease has run out and another process has claimed the message, it is no longer
    # this one's to change; its attempt then counts.
    lease = {"attempts": message.attempts, "claimed_until": message.claimed_until}
    own = OutboxMessage.objects.filter(pk=message.pk, **lease)
    own.update(claimed_until=None, **values)
