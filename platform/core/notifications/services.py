"""Notify persons: rows for the bell, deliveries for each person's channels, outbox messages.

Notices of one group to one person within a window are one notification. Its first notice is sent
at once, the others as one summary at the end of the window (`core.notifications.timers`). A rise
in severity is sent at once, and so is a reminder of which the person has had no message since.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from core import clock
from core.models import Notification, NotificationDelivery, NotificationSubject, Site, User
from core.notifications import kinds
from core.notifications.channels import OUTGOING, reaches
from core.notifications.choices import choices_of
from core.notifications.deliveries import Wanted, add_deliveries, announce
from core.notifications.kinds import NoticeKind
from core.notifications.notices import Notice
from core.permissions import may
from core.severities import rank

logger = logging.getLogger(__name__)
WINDOW = timedelta(minutes=10)
Occasion = NotificationDelivery.Occasion


@transaction.atomic
def notify(notice: Notice) -> list[Notification]:
    """Notify persons in the caller's transaction.

    Returns:
        The notification of each person who was notified, new or with one notice more.

    Raises:
        ValueError: the kind, its text or the severity is not declared.
    """
    kind = _kind_of(notice)
    recipients = _permitted(kind, notice)
    opened: list[Notification] = []
    if notice.group_key:
        _close_windows(notice, recipients)
        opened = _lock_open(notice, recipients)
    added = _add(notice, recipients, {row.recipient_id for row in opened})
    if len(added) + len(opened) < len(recipients):  # another transaction has just added some
        opened = _lock_open(notice, recipients, but={row.pk for row in added})
    _deliver(notice, kind, added, Occasion.FIRST)
    _update(notice, kind, opened)
    _add_subjects(notice, [*added, *opened])
    announce([row.recipient_id for row in opened])
    return [*added, *opened]


@transaction.atomic
def mark_read(user: User, uids: Collection[Any] | None = None) -> int:
    """Mark some of a person's notifications as read, or all; return how many were unread."""
    rows = Notification.objects.filter(recipient=user)
    return _mark_read(user, rows if uids is None else rows.filter(uid__in=uids))


@transaction.atomic
def mark_subject_read(user: User, subject: str) -> int:
    """Mark what a person was notified of a subject as read; return how many were unread."""
    return _mark_read(user, Notification.objects.filter(recipient=user, subjects__key=subject))


def _mark_read(user: User, rows: QuerySet[Notification]) -> int:
    count = rows.filter(read_at=None).update(read_at=clock.now())
    if count:
        announce([user.pk])
    return count


def _kind_of(notice: Notice) -> NoticeKind:
    kind = kinds.get(notice.kind)
    if kind is None:
        raise ValueError(f"the kind of notices {notice.kind} is not declared")
    for code in filter(None, (notice.title, notice.text)):
        if code not in kind.texts:
            raise ValueError(f"the kind {kind.code} declares no text {code}")
    rank(notice.severity)
    return kind


def _permitted(kind: NoticeKind, notice: Notice) -> list[User]:
    """Return the recipients who may be notified, each once, in the order of their keys."""
    users = {user.pk: user for user in notice.recipients if user.is_active}
    permitted = [users[pk] for pk in sorted(users) if _may(users[pk], kind, notice.site)]
    if len(permitted) < len(users):
        logger.info("%s persons lack %s", len(users) - len(permitted), kind.permission)
    return permitted


def _may(user: User, kind: NoticeKind, site: Site | None) -> bool:
    if kind.permission is None:
        return True
    return may(user, site, kind.permission) if site is not None else user.is_superuser


def _close_windows(notice: Notice, recipients: Iterable[User]) -> None:
    """Close the windows that have ended, except those with notices of which a summary is due."""
    over = Notification.objects.filter(
        recipient__in=recipients,
        group_key=notice.group_key,
        window_ends_at__lte=clock.now(),
        count=F("announced_count"),
    )
    over.update(window_ends_at=None)


def _lock_open(
    notice: Notice, recipients: Iterable[User], but: Collection[int] = ()
) -> list[Notification]:
    rows: QuerySet[Notification] = Notification.objects.filter(
        recipient__in=recipients, group_key=notice.group_key, window_ends_at__isnull=False
    ).exclude(pk__in=but)
    locked = rows.order_by("recipient_id").select_for_update(of=("self",))
    return list(locked.select_related("recipient", "site"))


def _add(notice: Notice, recipients: list[User], counted: set[int]) -> list[Notification]:
    """Add notifications; one that another transaction has opened meanwhile is left out."""
    grouped = bool(notice.group_key)
    ends_at = clock.now() + WINDOW if grouped else None
    rows = [_row(notice, user, ends_at) for user in recipients if user.pk not in counted]
    Notification.objects.bulk_create(rows, ignore_conflicts=grouped)
    if not grouped:
        return rows
    added = Notification.objects.filter(uid__in=[row.uid for row in rows])
    keys: dict[Any, int] = dict(added.values_list("uid", "pk"))
    for row in rows:
        row.pk = keys.get(row.uid)
    return [row for row in rows if row.pk is not None]


def _row(notice: Notice, user: User, window_ends_at: datetime | None) -> Notification:
    now = clock.now()
    return Notification(
        recipient=user,
        site=notice.site,
        kind=notice.kind,
        severity=notice.severity,
        group_key=notice.group_key,
        title=notice.title,
        text=notice.text,
        params=dict(notice.params),
        path=notice.path,
        urgent=notice.urgent,
        created_at=now,
        latest_at=now,
        announced_at=now,
        window_ends_at=window_ends_at,
    )


def _update(notice: Notice, kind: NoticeKind, opened: list[Notification]) -> None:
    """Count a notice of open notifications, and deliver where it does not wait for a summary."""
    known = set(
        NotificationSubject.objects.filter(notification__in=opened, key=notice.subject).values_list(
            "notification", flat=True
        )
    )
    due: dict[str, list[Notification]] = {Occasion.SEVERITY_ROSE: [], Occasion.AGAIN: []}
    for row in opened:
        occasion = _occasion(row, notice)
        _count(row, notice, is_known=row.pk in known, is_sent=occasion is not None)
        if occasion is not None:
            due[occasion].append(row)
    for occasion, rows in due.items():
        _deliver(notice, kind, rows, occasion)


def _occasion(row: Notification, notice: Notice) -> str | None:
    """Return why a further notice is sent at once; None: it waits for the summary."""
    if rank(notice.severity) > rank(row.severity):
        return Occasion.SEVERITY_ROSE
    if notice.urgent and (row.read_at is not None or not row.urgent):
        return Occasion.AGAIN
    before = notice.reminded.get(row.recipient_id)
    return Occasion.AGAIN if before is not None and row.announced_at <= before else None


def _count(row: Notification, notice: Notice, *, is_known: bool, is_sent: bool) -> None:
    row.count += not is_known
    row.latest_at, row.read_at = clock.now(), None
    row.title, row.text, row.params = notice.title, notice.text, dict(notice.params)
    row.path, row.urgent = notice.path, row.urgent or notice.urgent
    row.severity = max(row.severity, notice.severity, key=rank)
    if is_sent:
        row.announced_count, row.announced_at = row.count, clock.now()
    row.save()


def _add_subjects(notice: Notice, rows: Iterable[Notification]) -> None:
    """Record what the notifications are about; what had ended and comes again has not ended."""
    key = notice.subject or notice.group_key
    if key:
        NotificationSubject.objects.bulk_create(
            (NotificationSubject(notification=row, key=key) for row in rows),
            update_conflicts=True,
            unique_fields=["notification", "key"],
            update_fields=["ended_at"],
        )


def _deliver(notice: Notice, kind: NoticeKind, rows: list[Notification], occasion: str) -> None:
    """Add the deliveries of notifications by the channels that each person has chosen."""
    choice_of = choices_of([row.recipient for row in rows], kind, notice.site, clock.now())
    wanted = []
    for row in rows:
        choice = choice_of(row.recipient)
        held_until = None if notice.urgent else choice.quiet_until
        if notice.channels is not None:
            chosen = [code for code in OUTGOING if code in notice.channels]
        else:
            chosen = choice.channels(kind, row.severity)
            chosen = [code for code in chosen if reaches(code, row.recipient)]
        wanted += [Wanted(row, code, held_until) for code in chosen]
    add_deliveries(rows, wanted, occasion)
