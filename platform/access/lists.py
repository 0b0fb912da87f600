"""Write the access lists: allow list, block list and visitor passes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from access.events import PassIssued, PlateAllowed
from access.models import AccessListEntry, VisitorPass
from access.selectors import overlapping_entry
from core import audit, clock, undo, validation
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from core.plates import fold
from people.periods import begin_after, not_ended
from people.plates import validate_plate

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('access list entry'), hashtext(%s))"


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
    unusual_plate: bool = False,
) -> AccessListEntry:
    """Put a plate on the allow list or the block list.

    Args:
        unusual_plate: see `people.plates.validate_plate`.

    Raises:
        Rejection: the plate is invalid or on this list at that time already, no reason is given,
            or the entry ends before it begins.
    """
    spelled = validate_plate(site, plate, unusual_plate=unusual_plate)
    validation.require_reason(reason)
    listed = AccessListEntry.objects.filter(site=site, kind=kind, plate=spelled)
    begins_at = begin_after(listed, begins_at)
    validation.require_order(begins_at, ends_at)
    _require_not_listed(site, kind, spelled, begins_at, ends_at)
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
    _publish_allowed(entry, begins_at)
    return entry


@transaction.atomic
def change_entry_end(
    entry: AccessListEntry, actor: User, ends_at: datetime | None
) -> AccessListEntry:
    """Set another end of an entry that has not ended; None for no end.

    Raises:
        Rejection: it has ended, the new end is not ahead, or the plate is listed again by then.
    """
    entry = AccessListEntry.objects.select_for_update().select_related("site").get(pk=entry.pk)
    validation.require_new_end(entry.begins_at, entry.ends_at, ends_at)
    if entry.ends_at is not None:
        _require_not_listed(entry.site, entry.kind, entry.plate, entry.ends_at, ends_at)
    entry.ends_at = ends_at
    entry.save(update_fields=["ends_at"])
    _log(entry.site, actor, f"change end on {entry.kind} list", ("access", entry.pk))
    return entry


@transaction.atomic
def end_entry(entry: AccessListEntry, actor: User) -> AccessListEntry:
    """End an entry now; one that has ended already is not changed."""
    entry = AccessListEntry.objects.select_for_update().select_related("site").get(pk=entry.pk)
    if entry.ends_at is None or entry.ends_at > clock.now():
        _end(entry, actor)
    return entry


@transaction.atomic
def end_entries(entries: Iterable[AccessListEntry], actor: User) -> undo.Changes:
    """End those of the entries that have not ended; return their changes."""
    found = _locked(AccessListEntry.objects.filter(not_ended()), entries)
    return undo.record_changes(found, ["ends_at"], lambda entry: _end(entry, actor))


@transaction.atomic
def continue_entries(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `end_entries`: each entry ends as it would have.

    Raises:
        Rejection: one was changed since, or its plate is listed again by then.
    """
    rows = AccessListEntry.objects.filter(site=site).select_related("site")
    for entry, before in undo.unchanged_rows(rows, changes):
        ended_at, entry.ends_at = entry.ends_at, before["ends_at"]
        _require_not_listed(site, entry.kind, entry.plate, ended_at, entry.ends_at)
        entry.save(update_fields=["ends_at"])
        _log(site, actor, f"continue on {entry.kind} list", ("access", entry.pk))
        _publish_allowed(entry, ended_at)


@transaction.atomic
def issue_pass(
    site: Site,
    actor: User | str,
    *,
    plate: str,
    begins_at: datetime,
    ends_at: datetime,
    unusual_plate: bool = False,
    **more: Any,
) -> VisitorPass:
    """Issue a visitor pass.

    Args:
        plate: empty for a visitor who is expected by name.
        unusual_plate: see `people.plates.validate_plate`.
        more: other columns of the pass, such as ``visitor_name``, ``entries_allowed`` (default 1),
            ``free_minutes``, ``host``, ``unit``, and ``state`` (default approved).

    Raises:
        Rejection: the plate is invalid, neither plate nor name is given, or the pass ends before it
            begins.
    """
    spelled = _plate_of_visitor(site, plate, more.get("visitor_name", ""), unusual_plate)
    validation.require_order(begins_at, ends_at)
    made = VisitorPass.objects.create(
        site=site,
        plate=spelled,
        folded=fold(spelled),
        begins_at=begins_at,
        ends_at=ends_at,
        issued_at=clock.now(),
        created_by=actor if isinstance(actor, User) else None,
        **more,
    )
    _log(site, actor, "issue visitor pass", ("visitor_pass", made.pk))
    if spelled and made.is_approved:
        publish(PassIssued(site.pk, spelled))
    return made


@transaction.atomic
def set_pass_plate(
    visit: VisitorPass, actor: User | str, plate: str, *, unusual_plate: bool = False
) -> VisitorPass:
    """Set the plate of a visitor who has not come yet.

    A stay that had ended before is not covered, as with a pass that is issued now.

    Raises:
        Rejection: the plate is invalid, or the pass has ended or was used.
    """
    rows = VisitorPass.objects.select_for_update(of=("self",)).select_related("site")
    visit = rows.get(pk=visit.pk)
    if not (visit.is_open or visit.is_waiting) or visit.entries_used:
        raise Rejection(
            "plate",
            "not_open",
            _("this pass has ended or was used already"),
            _("issue another one"),
        )
    spelled = validate_plate(visit.site, plate, unusual_plate=unusual_plate)
    if spelled != visit.plate:
        visit.plate, visit.folded, visit.issued_at = spelled, fold(spelled), clock.now()
        visit.save(update_fields=["plate", "folded", "issued_at"])
        _log(visit.site, actor, "set plate of visitor pass", ("visitor_pass", visit.pk))
        if visit.is_approved:
            publish(PassIssued(visit.site_id, spelled))
    return visit


@transaction.atomic
def cancel_pass(visit: VisitorPass, actor: User) -> VisitorPass:
    """Cancel a visitor pass; a car that entered with it may still leave."""
    visit = VisitorPass.objects.select_for_update().select_related("site").get(pk=visit.pk)
    if visit.cancelled_at is None:
        _cancel(visit, actor)
    return visit


@transaction.atomic
def cancel_passes(passes: Iterable[VisitorPass], actor: User | str) -> undo.Changes:
    """Cancel those of the passes that are still valid; return their changes."""
    valid = VisitorPass.objects.filter(cancelled_at=None, ends_at__gt=clock.now())
    found = _locked(valid, passes)
    return undo.record_changes(found, ["cancelled_at"], lambda visit: _cancel(visit, actor))


@transaction.atomic
def reinstate_passes(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `cancel_passes`: the passes are valid again.

    Raises:
        Rejection: one was changed since.
    """
    rows = VisitorPass.objects.filter(site=site).select_related("site")
    for visit, before in undo.unchanged_rows(rows, changes):
        visit.cancelled_at = before["cancelled_at"]
        visit.save(update_fields=["cancelled_at"])
        _log(site, actor, "reinstate visitor pass", ("visitor_pass", visit.pk))
        publish(PassIssued(site.pk, visit.plate))


def _plate_of_visitor(site: Site, plate: str, name: str, unusual_plate: bool) -> str:
    if plate.strip():
        return validate_plate(site, plate, unusual_plate=unusual_plate)
    if not name.strip():
        raise Rejection(
            "plate",
            "missing",
            _("neither a plate nor a name is given"),
            _("enter the plate, or the visitor's name"),
        )
    return ""


def _locked(rows: QuerySet[Any], chosen: Iterable[Any]) -> list[Any]:
    """Lock those of the chosen rows that are among the others.

    The order is always the same, so that people with overlapping selections do not deadlock.
    """
    rows = rows.filter(pk__in=[each.pk for each in chosen]).order_by("pk")
    return list(rows.select_for_update(of=("self",)).select_related("site"))


def _end(entry: AccessListEntry, actor: User) -> None:
    entry.ends_at = _end_after(entry.begins_at)
    entry.save(update_fields=["ends_at"])
    _log(entry.site, actor, f"end on {entry.kind} list", ("access", entry.pk))


def _publish_allowed(entry: AccessListEntry, since: datetime) -> None:
    if entry.kind == AccessListEntry.Kind.ALLOW:
        publish(PlateAllowed(entry.site_id, entry.plate, since))


def _cancel(visit: VisitorPass, actor: User | str) -> None:
    visit.cancelled_at = clock.now()
    visit.save(update_fields=["cancelled_at"])
    _log(visit.site, actor, "cancel visitor pass", ("visitor_pass", visit.pk))


def _require_not_listed(
    site: Site, kind: str, plate: str, begins_at: datetime, ends_at: datetime | None
) -> None:
    """Raise a Rejection that names the plate's entry on the list in a part of that period.

    The lock makes another request with the plate wait, so that it gets this answer and not the
    constraint's.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"{site.pk} {kind} {plate}"])
    existing = overlapping_entry(site, kind, plate, begins_at, ends_at)
    if existing is None:
        return
    params: dict[str, Any] = {
        "plate": plate,
        "begin": f"{timezone.localtime(existing.begins_at):%Y-%m-%d %H:%M}",
        "reason": existing.reason,
    }
    message = _("%(plate)s is on this list already, from %(begin)s (%(reason)s)") % params
    if existing.ends_at is not None:
        params["end"] = f"{timezone.localtime(existing.ends_at):%Y-%m-%d %H:%M}"
        message = (
            _("%(plate)s is on this list already, from %(begin)s until %(end)s (%(reason)s)")
            % params
        )
    hint = _("change the end of that entry, or end it first")
    raise Rejection("plate", "already_listed", message, hint, params=params)


def _end_after(begins_at: datetime) -> datetime:
    """Return now, or just after the beginning: a constraint wants the end after the beginning."""
    return max(clock.now(), begins_at + timedelta(microseconds=1))


def _log(site: Site, actor: User | str, action: str, subject: audit.Subject, **detail: Any) -> None:
    audit.record(site, actor, action, subject, **detail)
