"""What becomes due with time: summaries of windows, and the end of quiet hours."""

from django.db import transaction
from django.db.models import F

from core import clock
from core.models import Notification, NotificationDelivery
from core.notifications import kinds
from core.notifications.choices import choices_of
from core.notifications.deliveries import Wanted, add_deliveries, put, used_channels
from core.notifications.services import WINDOW

_BATCH = 500
State = NotificationDelivery.State


def send_due() -> int:
    """Send the summaries and the held messages that are due; return how many."""
    return _send_summaries() + _release_held()


@transaction.atomic
def _send_summaries() -> int:
    """Summarise the notices of windows that have ended; close windows without further notices."""
    now = clock.now()
    ended = Notification.objects.filter(window_ends_at__lte=now).order_by("window_ends_at", "pk")
    locked = ended.select_for_update(of=("self",), skip_locked=True)
    rows = list(locked.select_related("recipient", "site")[:_BATCH])
    grown = [row for row in rows if row.count > row.announced_count]
    wanted = [each for row in grown if row.read_at is None for each in _summary(row)]
    add_deliveries([], wanted, NotificationDelivery.Occasion.SUMMARY)
    keys = [row.pk for row in grown]
    # The storm goes on, so it gets another window.
    of_grown = Notification.objects.filter(pk__in=keys)
    of_grown.update(announced_count=F("count"), announced_at=now, window_ends_at=now + WINDOW)
    over = Notification.objects.filter(pk__in=[row.pk for row in rows]).exclude(pk__in=keys)
    over.update(window_ends_at=None)
    return len(wanted)


def _summary(row: Notification) -> list[Wanted]:
    """Return the summary by the channels of the messages before; a held one says it all."""
    channels = used_channels([row.pk]).get(row.recipient_id, [])
    kind = kinds.get(row.kind)
    if not channels or kind is None:
        return []
    choice = choices_of([row.recipient], kind, row.site, clock.now())(row.recipient)
    held_until = None if row.urgent else choice.quiet_until
    return [Wanted(row, code, held_until) for code in channels]


@transaction.atomic
def _release_held() -> int:
    """Send what was held during quiet hours, unless it was read or resolved meanwhile."""
    due = NotificationDelivery.objects.filter(state=State.HELD, due_at__lte=clock.now())
    locked = due.order_by("pk").select_for_update(of=("self",), skip_locked=True)
    rows = list(locked.select_related("notification")[:_BATCH])
    needed = [row for row in rows if _is_needed(row.notification)]
    keys = {row.pk for row in needed}
    unneeded = [row.pk for row in rows if row.pk not in keys]
    NotificationDelivery.objects.filter(pk__in=unneeded).update(state=State.SKIPPED)
    for row in needed:
        row.state, row.at, row.count = State.PENDING, clock.now(), row.notification.count
    NotificationDelivery.objects.bulk_update(needed, ["state", "at", "count"])
    put(needed)
    return len(needed)


def _is_needed(notification: Notification) -> bool:
    return notification.read_at is None and notification.resolved_at is None
