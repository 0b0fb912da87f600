"""Renewals of watch-list entries: another period, with a document and an approval of its own."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from core.models import User
from incidents import topics
from incidents.models import WatchEntry
from incidents.services import require_watch_fields
from incidents.watch_notices import notify_approvers


@transaction.atomic
def renew_watch_entry(
    entry: WatchEntry, actor: User, *, ends_at: datetime, **fields: Any
) -> WatchEntry:
    """Add the entry's next period, which takes effect when another person approves it.

    The entry itself stays as it is, so its basis, approval and hits remain on record. The new
    period begins at the end of the entry, or now if that has passed.

    Args:
        ends_at: the end of the new period, at most `services.MAX_WATCH_PERIOD` after its beginning.
        fields: ``document_no``, ``requesting_org``, ``requesting_officer`` and ``reason``.

    Raises:
        Rejection: the entry was not approved, was ended early, or has a renewal; a field is
            missing, or the period is too long.
    """
    entry = (
        WatchEntry.objects.select_for_update(of=("self",)).select_related("site").get(pk=entry.pk)
    )
    _require_renewable(entry)
    period = {"begins_at": max(entry.ends_at, clock.now()), "ends_at": ends_at}
    values = {"legal_basis": entry.legal_basis, **fields, **period}
    require_watch_fields(values)
    renewal = WatchEntry.objects.create(
        site=entry.site,
        plate=entry.plate,
        folded=entry.folded,
        renews=entry,
        created_by=actor,
        **values,
    )
    audit.record(
        entry.site, actor, "renew watch-list entry", ("watch", renewal.pk), renews=entry.pk
    )
    live.announce(topics.WATCH_ENTRY, entry.site_id, entry.pk)
    live.announce(topics.WATCH_ENTRY, entry.site_id, renewal.pk)
    notify_approvers(renewal)
    return renewal


def _require_renewable(entry: WatchEntry) -> None:
    if entry.approved_by_id is None or not entry.plate:
        raise Rejection(
            "entry",
            "not_approved",
            _("only an approved entry can be renewed"),
            _("have it approved, or add the plate again"),
        )
    if entry.end_reason:
        raise Rejection(
            "entry",
            "ended_early",
            _("this entry was ended early"),
            _("add the plate again if it is needed"),
        )
    if entry.renewals.filter(end_reason="").exists():
        raise Rejection(
            "entry",
            "already_renewed",
            _("this entry has a renewal"),
            _("open the renewal, or end it first"),
        )


def periods_of(entry: WatchEntry) -> list[WatchEntry]:
    """Return an entry with what it renews and what renews it, the latest first."""
    found, before = [entry], entry.renews
    while before is not None:
        found.append(before)
        before = before.renews
    waiting = list(entry.renewals.order_by("pk"))
    while waiting:
        later = waiting.pop(0)
        found.insert(0, later)
        waiting.extend(later.renewals.order_by("pk"))
    return sorted(found, key=lambda each: (each.begins_at, each.pk), reverse=True)
