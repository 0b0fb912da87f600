"""Write the access lists: allow list, block list and visitor passes."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from access.events import PassIssued
from access.models import AccessListEntry, VisitorPass
from core import audit, clock, validation
from core.events import publish
from core.models import Site, User
from core.plates import fold


@transaction.atomic
def add_entry(
    site: Site,
    actor: User,
    *,
    kind: str,
    plate: str,
    reason: str,
    begins_at: datetime,
    ends_at: datetime | None = None,
) -> AccessListEntry:
    """Put a plate on the allow list or the block list.

    Raises:
        Rejection: the text is not a plate, no reason is given, or it ends before it begins.
    """
    spelled = validation.plate(plate)
    validation.require_reason(reason)
    validation.require_order(begins_at, ends_at)
    entry = AccessListEntry.objects.create(
        site=site,
        kind=kind,
        plate=spelled,
        folded=fold(spelled),
        reason=reason,
        begins_at=begins_at,
        ends_at=ends_at,
        created_by=actor,
    )
    _log(site, actor, f"add to {kind} list", ("access", entry.pk), reason=reason)
    return entry


@transaction.atomic
def end_entry(entry: AccessListEntry, actor: User) -> AccessListEntry:
    """End an entry now; one that has ended already is not changed."""
    entry = AccessListEntry.objects.select_for_update().select_related("site").get(pk=entry.pk)
    if entry.ends_at is None or entry.ends_at > clock.now():
        entry.ends_at = _end_after(entry.begins_at)
        entry.save(update_fields=["ends_at"])
        _log(entry.site, actor, f"end on {entry.kind} list", ("access", entry.pk))
    return entry


@transaction.atomic
def issue_pass(
    site: Site, actor: User, *, plate: str, begins_at: datetime, ends_at: datetime, **more: Any
) -> VisitorPass:
    """Issue a visitor pass.

    Args:
        more: ``visitor_name``, ``entries_allowed`` (default 1), ``free_minutes``, ``host``.

    Raises:
        Rejection: the text is not a plate, or the pass ends before it begins.
    """
    spelled = validation.plate(plate)
    validation.require_order(begins_at, ends_at)
    made = VisitorPass.objects.create(
        site=site,
        plate=spelled,
        folded=fold(spelled),
        begins_at=begins_at,
        ends_at=ends_at,
        created_by=actor,
        **more,
    )
    _log(site, actor, "issue visitor pass", ("visitor_pass", made.pk))
    publish(PassIssued(site.pk, spelled))
    return made


@transaction.atomic
def cancel_pass(visit: VisitorPass, actor: User) -> VisitorPass:
    """Cancel a visitor pass; a car that entered with it may still leave."""
    visit = VisitorPass.objects.select_for_update().select_related("site").get(pk=visit.pk)
    if visit.cancelled_at is None:
        visit.cancelled_at = clock.now()
        visit.save(update_fields=["cancelled_at"])
        _log(visit.site, actor, "cancel visitor pass", ("visitor_pass", visit.pk))
    return visit


def _end_after(begins_at: datetime) -> datetime:
    """Return now, or just after the beginning: a constraint wants the end after the beginning."""
    return max(clock.now(), begins_at + timedelta(microseconds=1))


def _log(site: Site, actor: User, action: str, subject: audit.Subject, **detail: Any) -> None:
    audit.record(site, actor, action, subject, **detail)
