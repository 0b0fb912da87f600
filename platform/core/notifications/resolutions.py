"""The end of what persons were notified of: whoever was notified of it is notified of its end.

Where notices of a group were about several things, a person is notified once, when the last of
those of which the person was notified has ended.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core import clock
from core.models import Notification, NotificationDelivery, NotificationSubject
from core.notifications.deliveries import Wanted, add_deliveries, skip_held, used_channels

_FIRST = NotificationDelivery.Occasion.FIRST


@transaction.atomic
def resolve(
    subject: str, *, title: str, text: str = "", params: Mapping[str, Any] | None = None
) -> list[Notification]:
    """Notify everyone who was notified of something that it has ended, by the same channels.

    Args:
        subject: of the notices before; a person is notified once, however many there were.
        title, text, params: see `Notice`.

    Returns:
        The notifications of its end; none to a person whose group has others that go on.
    """
    now, rows = clock.now(), _lock_raised(subject)
    _end(subject, rows, now)
    over = _without_open(rows)
    keys = [row.pk for row in over]
    Notification.objects.filter(pk__in=keys).update(resolved_at=now, window_ends_at=None)
    used = used_channels(keys)
    skip_held(keys)
    notice = {"title": title, "text": text, "params": dict(params or {})}
    added = [_resolution(each, notice, now) for each in _by_person(over)]
    Notification.objects.bulk_create(added)
    _record_ended(added, over, now)
    wanted = [Wanted(row, code) for row in added for code in used.get(row.recipient_id, ())]
    add_deliveries(added, wanted, _FIRST)
    return added


@transaction.atomic
def merge_subjects(subject: str, into: str) -> int:
    """Let what persons were notified of go on as something else; return how many notifications.

    Whoever was notified of the first is notified of the end of the second.
    """
    moved = NotificationSubject.objects.select_for_update().filter(key=subject, ended_at=None)
    rows = list(moved.order_by("notification").values_list("notification", flat=True))
    NotificationSubject.objects.bulk_create(
        (NotificationSubject(notification_id=pk, key=into) for pk in rows),
        update_conflicts=True,
        unique_fields=["notification", "key"],
        update_fields=["ended_at"],
    )
    moved.update(ended_at=clock.now())
    return len(rows)


def open_subjects(subjects: Collection[str]) -> set[str]:
    """Return those of the things of which somebody was notified and that have not ended."""
    rows = NotificationSubject.objects.filter(key__in=subjects, ended_at=None)
    return set(rows.values_list("key", flat=True)) if subjects else set()


def _lock_raised(subject: str) -> list[Notification]:
    """Lock the unresolved notifications of the groups of those notified of a subject.

    They are locked in the order in which `notify` locks them.
    """
    raised = Notification.objects.filter(resolved_at=None, is_resolution=False)
    about = raised.filter(subjects__key=subject, subjects__ended_at=None)
    groups = set(about.values_list("recipient", "group_key"))
    rows = raised.filter(
        recipient__in={recipient for recipient, _key in groups},
        group_key__in={key for _recipient, key in groups},
    )
    locked = rows.order_by("recipient_id", "pk").select_for_update(of=("self",))
    found = locked.select_related("recipient", "site")
    return [row for row in found if (row.recipient_id, row.group_key) in groups]


def _end(subject: str, rows: Collection[Notification], now: datetime) -> None:
    open_now = NotificationSubject.objects.filter(notification__in=rows, ended_at=None)
    open_now.filter(key=subject).update(ended_at=now)


def _without_open(rows: Collection[Notification]) -> list[Notification]:
    """Return those of the notifications whose group has nothing left that goes on."""
    left = NotificationSubject.objects.filter(notification__in=rows, ended_at=None)
    named = left.values_list("notification__recipient", "notification__group_key")
    going_on = set(named.distinct())
    return [row for row in rows if (row.recipient_id, row.group_key) not in going_on]


def _by_person(rows: Iterable[Notification]) -> list[Notification]:
    """Return the latest of each person's notifications."""
    latest = {row.recipient_id: row for row in rows}
    return [latest[key] for key in sorted(latest)]


def _record_ended(
    added: Collection[Notification], over: Collection[Notification], now: datetime
) -> None:
    """Record of what each of the new notifications says that it has ended, and count it."""
    ended = NotificationSubject.objects.filter(notification__in=over)
    pairs = set(ended.values_list("notification__recipient", "key"))
    rows = {row.recipient_id: row for row in added}
    NotificationSubject.objects.bulk_create(
        NotificationSubject(notification=rows[person], key=key, ended_at=now)
        for person, key in sorted(pairs)
    )
    for row in added:
        row.count = row.announced_count = sum(person == row.recipient_id for person, _key in pairs)
    Notification.objects.bulk_update(added, ["count", "announced_count"])


def _resolution(row: Notification, notice: dict[str, Any], now: datetime) -> Notification:
    return Notification(
        recipient=row.recipient,
        site=row.site,
        kind=row.kind,
        severity=row.severity,
        group_key=row.group_key,
        path=row.path,
        urgent=row.urgent,
        is_resolution=True,
        created_at=now,
        latest_at=now,
        announced_at=now,
        **notice,
    )
