"""The deliveries of notifications: rows, and outbox messages for the channels that leave."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from core import clock, live, outbox
from core.models import Notification, NotificationDelivery
from core.notifications.channels import BELL, TOPICS, reaches

#: The live topic of a person's own notifications; it carries neither a key nor a text.
LIVE_TOPIC = "notification"
State = NotificationDelivery.State


@dataclass(frozen=True)
class Wanted:
    """A message that a person is to get by a channel.

    Attributes:
        held_until: the end of the person's quiet hours; None: it is sent at once.
    """

    notification: Notification
    channel: str
    held_until: datetime | None = None


def add_deliveries(
    notifications: Collection[Notification], wanted: Iterable[Wanted], occasion: str
) -> None:
    """Add deliveries in the caller's transaction: the bell's, and those of other channels."""
    now = clock.now()
    rung = [_row(Wanted(each, BELL), occasion, now) for each in notifications]
    rows = [_row(each, occasion, now) for each in _without_held(wanted)]
    NotificationDelivery.objects.bulk_create([*rung, *rows])
    put([row for row in rows if row.state == State.PENDING])
    announce([each.recipient_id for each in notifications])


def put(rows: Collection[NotificationDelivery]) -> None:
    """Put pending deliveries into the outbox, in the order of each person and channel."""
    for row in rows:
        topic, person = TOPICS[row.channel], row.notification.recipient_id
        # An urgent message never waits for an ordinary one.
        order = f"{topic}:{'urgent:' if row.notification.urgent else ''}{person}"
        key = f"notification:{row.notification.uid}:{row.pk}"
        outbox.put(topic, key, {"delivery": row.pk}, receiver=order)


def announce(user_ids: Iterable[int]) -> None:
    """Announce to the persons' open pages that their notifications have changed."""
    for user_id in user_ids:
        live.announce_personal(LIVE_TOPIC, user_id)


def used_channels(notifications: Collection[int]) -> Mapping[int, list[str]]:
    """Return by which outgoing channels persons were notified, by the person's key."""
    rows = NotificationDelivery.objects.filter(
        notification__in=notifications, state__in=[State.PENDING, State.SENT]
    ).exclude(channel=BELL)
    found: dict[int, list[str]] = {}
    pairs = rows.values_list("notification__recipient_id", "channel")
    for person, channel in pairs.distinct().order_by("notification__recipient_id", "channel"):
        found.setdefault(person, []).append(channel)
    return found


def skip_held(notifications: Collection[int]) -> int:
    """Skip the deliveries that are held for the end of quiet hours: they are no longer needed."""
    held = NotificationDelivery.objects.filter(notification__in=notifications, state=State.HELD)
    return held.update(state=State.SKIPPED)


def _without_held(wanted: Iterable[Wanted]) -> list[Wanted]:
    """Leave out what would be held beside a message that is held: that one says it all."""
    given = list(wanted)
    held = NotificationDelivery.objects.filter(
        notification__in=[each.notification for each in given if each.held_until], state=State.HELD
    )
    pairs = set(held.values_list("notification", "channel"))
    return [e for e in given if not (e.held_until and (e.notification.pk, e.channel) in pairs)]


def _row(wanted: Wanted, occasion: str, now: datetime) -> NotificationDelivery:
    row = NotificationDelivery(
        notification=wanted.notification,
        channel=wanted.channel,
        occasion=occasion,
        count=wanted.notification.count,
        state=State.PENDING,
        at=now,
    )
    if wanted.channel == BELL:
        row.state, row.sent_at = State.SENT, now
    elif not reaches(wanted.channel, wanted.notification.recipient):
        row.state, row.error = State.FAILED, "no_address"
    elif wanted.held_until is not None:
        row.state, row.due_at = State.HELD, wanted.held_until
    return row
