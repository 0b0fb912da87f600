"""Notify persons: rows for the bell, deliveries for each person's channels, outbox messages.

Notices of one group to one person within a window are one notification. Its first notice is sent
at once, the others as one summary at the end of the window (`core.notifications.timers`). A rise
in severity is sent at once, and so is an urgent notice, which is a notification of its own.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from core import clock
from core.models import Notification, NotificationDelivery, Site, User
from core.notifications import kinds
from core.notifications.channels import OUTGOING, reaches
from core.notifications.choices import choices_of
from core.notifications.deliveries import (
    Wanted,
    add_deliveries,
    announce,
    skip_held,
    used_channels,
)
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
    if notice.group_key and not notice.urgent:
        _close_windows(notice, recipients)
        opened = _lock_open(notice, recipients)
    added = _add(notice, recipients, {row.recipient_id for row in opened})
    if len(added) + len(opened) < len(recipients):  # another transaction has just added some
        opened = _lock_open(notice, recipients, but={row.pk for row in added})
    rose = [row for row in opened if _count(row, notice)]
    _deliver(notice, kind, added, Occasion.FIRST)
    _deliver(notice, kind, rose, Occasion.SEVERITY_ROSE)
    announce([row.recipient_id for row in opened])
    return [*added, *opened]


@transaction.atomic
def resolve(
    group_key: str, *, title: str, text: str = "", params: Mapping[str, Any] | None = None
) -> list[Notification]:
    """Notify everyone who was notified of something that it has ended, by the same channels.

    Args:
        group_key: of the notices before; a person is notified once, however many there were.
        title, text, params: see `Notice`.
    """
    now, raised = clock.now(), _lock_raised(group_key)
    keys = [row.pk for row in raised]
    Notification.objects.filter(pk__in=keys).update(resolved_at=now, window_ends_at=None)
    used = used_channels(keys)
    skip_held(keys)
    latest = {row.recipient_id: row for row in raised}
    notice = {"title": title, "text": text, "params": dict(params or {})}
    added = [_resolution(row, notice, now) for _pk, row in sorted(latest.items())]
    Notification.objects.bulk_create(added)
    wanted = [Wanted(row, code) for row in added for code in used.get(row.recipient_id, ())]
    add_deliveries(added, wanted, Occasion.FIRST)
    return added


@transaction.atomic
def mark_read(user: User, uids: Collection[Any] | None = None) -> int:
    """Mark some of a person's notifications as read, or all; return how many were unread."""
    rows = Notification.objects.filter(recipient=user, read_at=None)
    if uids is not None:
        rows = rows.filter(uid__in=uids)
    count = rows.update(read_at=clock.now())
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


def open_groups(group_keys: Collection[str]) -> set[str]:
    """Return those of the groups of which somebody was notified and that are not resolved."""
    rows = Notification.objects.filter(
        group_key__in=group_keys, resolved_at=None, is_resolution=False
    )
    return set(rows.values_list("group_key", flat=True)) if group_keys else set()


def _lock_raised(group_key: str) -> list[Notification]:
    """Lock the notifications of a group that are not resolved, in the order of their keys."""
    rows = Notification.objects.filter(group_key=group_key, resolved_at=None, is_resolution=False)
    locked = rows.exclude(group_key="").order_by("pk").select_for_update(of=("self",))
    return list(locked.select_related("recipient", "site"))


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
    grouped = bool(notice.group_key) and not notice.urgent
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
        window_ends_at=window_ends_at,
    )


def _count(row: Notification, notice: Notice) -> bool:
    """Count one more notice of an open notification; return whether the severity rose."""
    rose = rank(notice.severity) > rank(row.severity)
    row.count += 1
    row.latest_at, row.read_at = clock.now(), None
    row.title, row.text, row.params = notice.title, notice.text, dict(notice.params)
    row.path = notice.path
    if rose:
        row.severity, row.announced_count = notice.severity, row.count
    row.save()
    return rose


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
        **notice,
    )
