"""Writing audit entries, and reading what happened to one thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import QuerySet

from core import clock
from core.audit.digests import entry_mac
from core.copying import copy_rows, new_row
from core.models import AuditEntry, Site, User

# What an entry is about: its type and its id there, such as ``("passage", 12)``.
Subject = tuple[str, int | str]
# Repeated views by one user within 10 minutes are logged once: open pages refresh themselves.
REPEATED_VIEW_S = 600


@dataclass(frozen=True, slots=True)
class Action:
    """What a user or a process did, when, and to what."""

    at: datetime
    actor: str
    action: str
    subject: Subject
    detail: dict[str, Any] = field(default_factory=dict)


def record(
    site: Site | None, actor: User | str, action: str, subject: Subject, **detail: Any
) -> AuditEntry:
    """Add an audit entry in the caller's transaction; never waits for another one.

    Args:
        site: whose entry; None for the installation's own.
        actor: the user, or the name of the process that acted.
        action: a verb and its object, such as ``read photo`` or ``lift barrier``.
        subject: what the action was done to, such as ``("passage", 12)``.
        detail: further JSON values, such as the reason given.
    """
    name = actor.get_username() if isinstance(actor, User) else actor
    entry = _entry(site, Action(clock.now(), name, action, subject, detail))
    entry.save(force_insert=True)
    return entry


def record_past(site: Site, actions: Iterable[Action]) -> None:
    """Add the audit entries of generated history in the caller's transaction."""
    copy_rows(_entry(site, each) for each in actions)


def _entry(site: Site | None, action: Action) -> AuditEntry:
    subject_type, subject_id = action.subject
    entry = new_row(
        AuditEntry,
        {"site": site} if site else {},
        at=action.at,
        actor=action.actor,
        action=action.action,
        subject_type=subject_type,
        subject_id=str(subject_id),
        detail=action.detail,
    )
    entry.mac = entry_mac(entry)
    return entry


def record_all(
    site: Site,
    actor: User | str,
    action: str,
    subjects: Iterable[tuple[Subject, Mapping[str, Any]]],
) -> None:
    """Add an entry for each of many things to which the same was done now.

    Args:
        subjects: each with its detail.
    """
    name = actor.get_username() if isinstance(actor, User) else actor
    now = clock.now()
    actions = [Action(now, name, action, subject, dict(detail)) for subject, detail in subjects]
    if actions:
        record_past(site, actions)


def record_read(site: Site, actor: User, action: str, subject: Subject) -> None:
    """Record that a user viewed personal data; repeated views within 10 minutes are logged once.

    Args:
        site: whose data.
        actor: who viewed it.
        action: ``read`` and what was read, such as ``read stay``.
        subject: which one.
    """
    subject_type, subject_id = subject
    view = f"audit:{site.pk}:{actor.pk}:{action.replace(' ', '-')}:{subject_type}:{subject_id}"
    if cache.get(view) is None:
        record(site, actor, action, subject)
        cache.set(view, True, REPEATED_VIEW_S)


def history(site: Site | None, subject: Subject) -> QuerySet[AuditEntry]:
    """Return what was done to one thing, oldest first."""
    subject_type, subject_id = subject
    return AuditEntry.objects.filter(
        site=site, subject_type=subject_type, subject_id=str(subject_id)
    ).order_by("at", "pk")
