"""Write the watch-list."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, live, undo, validation
from core.errors import Rejection
from core.models import Site, User
from core.plates import fold
from incidents import topics
from incidents.models import WatchEntry
from incidents.watch_notices import notify_approvers
from people.plates import validate_plate

# Maximum validity of a watch-list entry (specification); renewing it needs another approval.
MAX_WATCH_PERIOD = timedelta(days=90)
_REQUIRED = (
    "legal_basis",
    "document_no",
    "requesting_org",
    "requesting_officer",
    "reason",
    "begins_at",
    "ends_at",
)


@transaction.atomic
def add_watch_entry(
    site: Site, actor: User, *, plate: str, unusual_plate: bool = False, **fields: Any
) -> WatchEntry:
    """Add a plate to the watch-list; the entry takes effect when another person approves it.

    Args:
        unusual_plate: see `people.plates.validate_plate`.
        fields: the other columns of WatchEntry, all of them required.

    Raises:
        Rejection: a field is missing, the plate or the legal basis is invalid, or the validity
            exceeds the maximum.
    """
    spelled = validate_plate(site, plate, unusual_plate=unusual_plate)
    require_watch_fields(fields)
    entry = WatchEntry.objects.create(
        site=site, plate=spelled, folded=fold(spelled), created_by=actor, **fields
    )
    audit.record(site, actor, "add watch-list entry", ("watch", entry.pk), basis=entry.legal_basis)
    live.announce(topics.WATCH_ENTRY, entry.site_id, entry.pk)
    notify_approvers(entry)
    return entry


def require_watch_fields(fields: Mapping[str, Any]) -> None:
    """Validate the basis, the request and the period of a watch-list entry.

    Raises:
        Rejection: a field is missing, the basis is unknown, or the period exceeds the maximum.
    """
    for name in _REQUIRED:
        if not str(fields.get(name) or "").strip():
            raise Rejection(
                name,
                "missing",
                _("this field is required"),
                _("an entry cannot be added without it"),
            )
    if fields["legal_basis"] not in WatchEntry.Basis:
        choices = validation.listed(WatchEntry.Basis.labels)
        raise Rejection("legal_basis", "not_a_choice", _("unknown legal basis"), choices)
    validation.require_order(fields["begins_at"], fields["ends_at"])
    if fields["ends_at"] - fields["begins_at"] > MAX_WATCH_PERIOD:
        raise Rejection(
            "ends_at",
            "range_too_long",
            _("longer than %(days)s days") % {"days": MAX_WATCH_PERIOD.days},
            _("choose an earlier end and renew later"),
        )


@transaction.atomic
def approve_watch_entry(entry: WatchEntry, actor: User) -> WatchEntry:
    """Approve a watch-list entry, so that it takes effect.

    Raises:
        Rejection: the approver created the entry, it was approved already, or has ended.
    """
    entry = WatchEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.created_by_id == actor.pk:
        raise Rejection(
            "actor", "own_entry", _("you created this entry"), _("ask another person to approve it")
        )
    if entry.approved_by_id is not None:
        raise Rejection(
            "entry",
            "already_approved",
            _("this entry is already approved"),
            _("no action is needed"),
        )
    if entry.ends_at <= clock.now():
        raise Rejection(
            "entry", "ended", _("this entry has ended"), _("add the plate again if it is needed")
        )
    entry.approved_by, entry.approved_at = actor, clock.now()
    entry.save(update_fields=["approved_by", "approved_at"])
    audit.record(entry.site, actor, "approve watch-list entry", ("watch", entry.pk))
    live.announce(topics.WATCH_ENTRY, entry.site_id, entry.pk)
    return entry


@transaction.atomic
def end_watch_entry(entry: WatchEntry, actor: User, reason: str) -> WatchEntry:
    """End a watch-list entry now.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason, _("enter why it ends"))
    entry = WatchEntry.objects.select_for_update().get(pk=entry.pk)
    return end_watch(entry, actor, reason)


@transaction.atomic
def end_watch_entries(entries: Iterable[WatchEntry], actor: User, reason: str) -> undo.Changes:
    """End those of the entries that have not ended; return their changes.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason, _("enter why it ends"))
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    running = WatchEntry.objects.select_for_update(of=("self",)).select_related("site")
    running = running.filter(ends_at__gt=clock.now()).order_by("pk")
    found = list(running.filter(pk__in=[each.pk for each in entries]))
    return undo.record_changes(found, ["ends_at"], lambda entry: end_watch(entry, actor, reason))


def end_watch(entry: WatchEntry, actor: User | None, reason: str) -> WatchEntry:
    """End a locked entry before its time, and its renewal with it.

    Args:
        actor: None where the authority that requested it has revoked the request.
    """
    entry.refresh_from_db(fields=["ends_at", "end_reason"])
    if entry.ends_at <= clock.now() or entry.end_reason:
        return entry
    # A constraint requires the end to be after the beginning, also for a future entry.
    earliest = entry.begins_at + timedelta(microseconds=1)
    entry.ends_at = max(earliest, clock.now())
    entry.ended_by, entry.end_reason = actor, reason
    entry.save(update_fields=["ends_at", "ended_by", "end_reason"])
    by = actor or "authority"
    audit.record(entry.site, by, "end watch-list entry", ("watch", entry.pk), reason=reason)
    live.announce(topics.WATCH_ENTRY, entry.site_id, entry.pk)
    for renewal in entry.renewals.select_for_update().filter(end_reason=""):
        end_watch(renewal, actor, reason)
    return entry
