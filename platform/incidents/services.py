"""Write incidents and the watch-list."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock, live, undo, validation
from core.errors import Rejection
from core.models import Site, User
from core.plates import fold
from incidents import topics
from incidents.models import Incident, Occurrence, WatchEntry
from people.plates import validate_plate

# Maximum validity of a watch-list entry (specification); renewing it needs another approval.
MAX_WATCH_PERIOD = timedelta(days=90)
_RANK: list[str] = ["minor", "moderate", "severe", "extreme"]
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
def raise_incident(
    site_id: int,
    kind: str,
    source: str,
    severity: str,
    at: datetime,
    detail: dict[str, Any],
    watch_entry: WatchEntry | None = None,
    *,
    rule_id: int | None = None,
    late: bool = False,
) -> Incident:
    """Raise an incident, or add an occurrence to the active one of the same kind and source.

    The database allows one active incident for each kind and source, so two processes that raise
    the same incident at once get the same row. The severity can rise, but not fall.

    Args:
        rule_id: the alarm rule that raises it.
        late: its cause is over already, and was found in data that arrived late.
    """
    new = Incident(
        site_id=site_id,
        kind=kind,
        source=source,
        severity=severity,
        first_at=at,
        last_at=at,
        occurrences=0,
        watch_entry=watch_entry,
        rule_id=rule_id,
        late=late,
        cleared=late,
    )
    incident = None
    while incident is None:  # again, if the active one ends between the two statements
        Incident.objects.bulk_create([new], ignore_conflicts=True)
        incident = _active(site_id, kind, source).first()
    _count(incident, at, severity, late)
    Occurrence.objects.create(incident=incident, at=at, detail=detail)
    _announce(incident)
    return incident


def _count(incident: Incident, at: datetime, severity: str, late: bool) -> None:
    """Count an occurrence; what is late leaves an incident that has cleared as it is."""
    incident.occurrences += 1
    incident.last_at = max(incident.last_at, at)
    incident.severity = max(incident.severity, severity, key=_RANK.index)
    incident.cleared = incident.cleared and late
    incident.save(update_fields=["occurrences", "last_at", "severity", "cleared"])


def clear(site_id: int, kind: str, source: str) -> None:
    """Mark an incident's cause as gone; an incident that needs no review is closed."""
    clear_all(kind, [(site_id, source)])


@transaction.atomic(savepoint=False)
def clear_all(kind: str, causes: Collection[tuple[int, str]]) -> None:
    """Do as `clear` for the causes of several incidents, by site and source."""
    wanted = set(causes)
    sites, sources = {each[0] for each in wanted}, {each[1] for each in wanted}
    active = Incident.objects.select_for_update(of=("self",)).exclude(state__in=Incident.ENDED)
    active = active.select_related("rule").order_by("pk")
    found = active.filter(site__in=sites, kind=kind, source__in=sources) if wanted else ()
    for incident in found:
        if (incident.site_id, incident.source) not in wanted:
            continue
        incident.cleared = True
        if incident.closes_itself:
            incident.state, incident.ended_at = Incident.State.CLOSED, clock.now()
        incident.save(update_fields=["cleared", "state", "ended_at"])
        _announce(incident)


@transaction.atomic
def acknowledge(incident: Incident, actor: User) -> Incident:
    """Acknowledge an incident; a second acknowledgement has no effect."""
    incident = _locked(incident)
    if incident.acked_by_id is None:
        _acknowledge(incident, actor)
    return incident


@transaction.atomic
def acknowledge_all(incidents: Iterable[Incident], actor: User) -> undo.Changes:
    """Acknowledge those of the incidents that are active and not yet acknowledged.

    Returns:
        Their changes.
    """
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    waiting = Incident.objects.select_for_update(of=("self",)).select_related("site")
    waiting = waiting.exclude(state__in=Incident.ENDED).order_by("pk")
    found = list(waiting.filter(pk__in=[each.pk for each in incidents], acked_by=None))
    return undo.record_changes(
        found, ["acked_at", "state"], lambda incident: _acknowledge(incident, actor)
    )


@transaction.atomic
def withdraw_acknowledgements(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `acknowledge_all`: the incidents wait for an acknowledgement again.

    Raises:
        Rejection: one was reviewed or closed since.
    """
    rows = Incident.objects.filter(site=site).select_related("site")
    for incident, before in undo.unchanged_rows(rows, changes):
        incident.acked_by, incident.acked_at = None, before["acked_at"]
        incident.state = before["state"]
        incident.save(update_fields=["acked_by", "acked_at", "state"])
        _record_change(incident, actor, "withdraw acknowledgement")


@transaction.atomic
def review(incident: Incident, actor: User, confirmed: bool, reason: str) -> Incident:
    """Confirm an incident, or close it as a false alarm.

    Raises:
        Rejection: no reason is given, it was reviewed already, or the reviewer created the
            watch-list entry that it matches (ASVS 2.3.5: another person decides).
    """
    validation.require_reason(reason, _("enter what was seen"))
    incident = _locked(incident)
    if incident.reviewed_by_id is not None:
        raise Rejection(
            "incident",
            "already_reviewed",
            _("this incident is already reviewed"),
            _("close it, or report a new one"),
        )
    if incident.watch_entry and incident.watch_entry.created_by_id == actor.pk:
        raise Rejection(
            "actor",
            "own_entry",
            _("you created this watch-list entry"),
            _("ask another person to review it"),
        )
    incident.reviewed_by, incident.reviewed_at = actor, clock.now()
    incident.review_reason = reason
    incident.state = Incident.State.CONFIRMED if confirmed else Incident.State.FALSE_ALARM
    incident.ended_at = None if confirmed else incident.reviewed_at
    incident.save(
        update_fields=["reviewed_by", "reviewed_at", "review_reason", "state", "ended_at"]
    )
    _record_change(incident, actor, "review incident", confirmed=confirmed, reason=reason)
    return incident


@transaction.atomic
def close(incident: Incident, actor: User, reason: str) -> Incident:
    """Close a confirmed incident.

    Raises:
        Rejection: no reason is given, or the incident is not confirmed.
    """
    validation.require_reason(reason, _("enter how it was resolved"))
    incident = _locked(incident)
    if incident.state != Incident.State.CONFIRMED:
        raise Rejection(
            "incident",
            "not_confirmed",
            _("only a confirmed incident can be closed"),
            _("review it first"),
        )
    incident.state, incident.ended_at = Incident.State.CLOSED, clock.now()
    incident.save(update_fields=["state", "ended_at"])
    _record_change(incident, actor, "close incident", reason=reason)
    return incident


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
    for name in _REQUIRED:
        if not str(fields.get(name) or "").strip():
            raise Rejection(
                name,
                "missing",
                _("this field is required"),
                _("an entry cannot be added without it"),
            )
    if fields["legal_basis"] not in WatchEntry.Basis:
        choices = ", ".join(WatchEntry.Basis.values)
        raise Rejection("legal_basis", "not_a_choice", _("unknown legal basis"), choices)
    validation.require_order(fields["begins_at"], fields["ends_at"])
    if fields["ends_at"] - fields["begins_at"] > MAX_WATCH_PERIOD:
        raise Rejection(
            "ends_at",
            "range_too_long",
            _("longer than %(days)s days") % {"days": MAX_WATCH_PERIOD.days},
            _("choose an earlier end and renew later"),
        )
    entry = WatchEntry.objects.create(
        site=site, plate=spelled, folded=fold(spelled), created_by=actor, **fields
    )
    audit.record(site, actor, "add watch-list entry", ("watch", entry.pk), basis=entry.legal_basis)
    live.announce(topics.WATCH_ENTRY, entry.site_id, entry.pk)
    return entry


@transaction.atomic
def approve_watch_entry(entry: WatchEntry, actor: User) -> WatchEntry:
    """Approve a watch-list entry, so that it takes effect.

    Raises:
        Rejection: the approver created the entry, or it was approved already.
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
    return _end_watch(entry, actor, reason)


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
    return undo.record_changes(found, ["ends_at"], lambda entry: _end_watch(entry, actor, reason))


def _end_watch(entry: WatchEntry, actor: User, reason: str) -> WatchEntry:
    # A constraint requires the end to be after the beginning, also for a future entry.
    earliest = entry.begins_at + timedelta(microseconds=1)
    entry.ends_at = max(earliest, min(entry.ends_at, clock.now()))
    entry.save(update_fields=["ends_at"])
    audit.record(entry.site, actor, "end watch-list entry", ("watch", entry.pk), reason=reason)
    live.announce(topics.WATCH_ENTRY, entry.site_id, entry.pk)
    return entry


def _active(site_id: int, kind: str, source: str) -> QuerySet[Incident]:
    """Return the active incident of that kind and source, to be locked: at most one."""
    return (
        Incident.objects.select_for_update()
        .exclude(state__in=Incident.ENDED)
        .filter(site=site_id, kind=kind, source=source)
    )


def _acknowledge(incident: Incident, actor: User) -> None:
    incident.acked_by, incident.acked_at = actor, clock.now()
    if incident.state == Incident.State.DETECTED:
        incident.state = Incident.State.TRIAGE
    incident.save(update_fields=["acked_by", "acked_at", "state"])
    _record_change(incident, actor, "acknowledge incident")


def _locked(incident: Incident) -> Incident:
    return (
        Incident.objects.select_for_update(of=("self",))
        .select_related("site", "watch_entry")
        .get(pk=incident.pk)
    )


def _record_change(incident: Incident, actor: User, action: str, **detail: Any) -> None:
    audit.record(incident.site, actor, action, ("incident", incident.pk), **detail)
    _announce(incident)


def _announce(incident: Incident) -> None:
    live.announce(topics.INCIDENT, incident.site_id, incident.pk)
