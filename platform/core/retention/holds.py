"""Legal holds: placing, extending and releasing them, and which rows they cover."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core import audit, clock, validation
from core.errors import Rejection
from core.models import Site, User
from core.plates import fold
from core.retention.scope import Scope, further_conditions
from core.retention_models import LegalHold

Kind = LegalHold.Kind
# Placing a hold waits for sweeps that have begun; a later sweep sees the hold.
_WAIT_FOR_SWEEPS = "SELECT pg_advisory_xact_lock(hashtext('retention sweep'))"
_ANNOUNCE_SWEEP = "SELECT pg_advisory_xact_lock_shared(hashtext('retention sweep'))"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a hold is for: the fields of its kind, the others empty.

    Attributes:
        kind: one of `LegalHold.Kind`.
        incident: the key of an incident.
        person: the key of a person.
        plate: as it is spelled, for all its passages.
        begins_at: the beginning of a period.
        until_at: its end.
    """

    kind: str
    incident: int | None = None
    person: int | None = None
    plate: str = ""
    begins_at: datetime | None = None
    until_at: datetime | None = None


@transaction.atomic
def place_hold(
    site: Site, owner: User, subject: Subject, *, reason: str, ends_at: datetime
) -> LegalHold:
    """Place a legal hold, which is in force at once.

    Args:
        ends_at: when another person reviews whether it is still needed.

    Raises:
        Rejection: the reason or the subject is missing, or the end is not in the future.
    """
    validation.require_reason(reason, _("enter which proceedings need the data"))
    _require_future(ends_at)
    _require_subject(subject)
    with connection.cursor() as cursor:
        cursor.execute(_WAIT_FOR_SWEEPS)
    hold = LegalHold.objects.create(
        site=site,
        kind=subject.kind,
        incident=subject.incident,
        person=subject.person,
        plate=subject.plate,
        folded=fold(subject.plate),
        begins_at=subject.begins_at,
        until_at=subject.until_at,
        reason=reason.strip(),
        owner=owner,
        created_at=clock.now(),
        ends_at=ends_at,
    )
    # Without the plate: audit entries are kept for longer than plates may be.
    detail = {"kind": hold.kind, "reason": hold.reason, "ends_at": ends_at.isoformat()}
    audit.record(site, owner, "place legal hold", ("legal_hold", hold.pk), **detail)
    return hold


@transaction.atomic
def extend_hold(hold: LegalHold, actor: User, ends_at: datetime, reason: str) -> LegalHold:
    """Move the review of a hold to a later date.

    Raises:
        Rejection: no reason is given, the date is not in the future or not later than the present
            one, or the hold was released.
    """
    validation.require_reason(reason, _("enter why the data is still needed"))
    _require_future(ends_at)
    hold = _locked(hold)
    if ends_at <= hold.ends_at:
        raise Rejection(
            "ends_at",
            "not_later",
            _("the review is due then or later already"),
            _("choose a date after the present one"),
        )
    before, hold.ends_at = hold.ends_at, ends_at
    hold.save(update_fields=["ends_at"])
    dates = [before.isoformat(), ends_at.isoformat()]
    subject = ("legal_hold", hold.pk)
    audit.record(hold.site, actor, "extend legal hold", subject, ends_at=dates, reason=reason)
    return hold


@transaction.atomic
def release_hold(hold: LegalHold, actor: User, reason: str) -> LegalHold:
    """Release a hold, as a person other than its owner; its data is then deleted by its periods.

    Raises:
        Rejection: no reason is given, the hold was released, or the person owns it.
    """
    validation.require_reason(reason, _("enter why the data is no longer needed"))
    hold = _locked(hold)
    if hold.owner_id == actor.pk:
        raise Rejection(
            "actor",
            "own_hold",
            _("you own this hold"),
            _("ask another person to review and release it"),
        )
    hold.released_at, hold.released_by = clock.now(), actor
    hold.release_reason = reason.strip()
    hold.save(update_fields=["released_at", "released_by", "release_reason"])
    subject = ("legal_hold", hold.pk)
    audit.record(hold.site, actor, "release legal hold", subject, reason=reason)
    return hold


def holds_in_force(site: Site | int) -> QuerySet[LegalHold]:
    """Return the holds of a site that are not released, those due first."""
    return LegalHold.objects.filter(site=site, released_at=None).order_by("ends_at", "pk")


def due_holds(site: Site) -> QuerySet[LegalHold]:
    """Return the holds in force whose review is due."""
    return holds_in_force(site).filter(ends_at__lte=clock.now())


def is_person_held(site_id: int, person_id: int, folded: tuple[str, ...]) -> bool:
    """Return whether a hold forbids to erase a person.

    A hold of a period covers what everybody did in it, so nobody is erased meanwhile.

    Args:
        folded: the plates of the person's vehicles, with look-alikes folded.
    """
    own = Q(kind=Kind.PERSON, person=person_id) | Q(kind=Kind.PERIOD)
    return holds_in_force(site_id).filter(own | Q(kind=Kind.PLATE, folded__in=folded)).exists()


def without_held(rows: QuerySet[Any], scope: Scope) -> QuerySet[Any]:
    """Return those of the rows that no hold covers, in a transaction that a new hold waits for.

    The caller deletes them in the same transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ANNOUNCE_SWEEP)
    if not LegalHold.objects.filter(released_at=None).exists():
        return rows
    return rows.exclude(held_condition(scope))


def held_condition(scope: Scope) -> Q:
    """Return the condition on rows that a hold in force covers."""
    own = LegalHold.objects.filter(site=OuterRef(scope.site), released_at=None)
    held = further_conditions(scope)
    if scope.at:
        when = own.filter(begins_at__lte=OuterRef(scope.at), until_at__gt=OuterRef(scope.at))
        held |= Q(Exists(when.filter(kind=Kind.PERIOD)))
    for kind, field, named in (
        (Kind.INCIDENT, "incident", scope.incident),
        (Kind.PERSON, "person", scope.person),
        (Kind.PLATE, "folded", scope.folded),
        (Kind.PLATE, "plate", scope.plate),
    ):
        if named:
            same = own.filter(kind=kind, **{field: OuterRef(named)})
            held |= Q(Exists(same.exclude(kind=Kind.PLATE, plate="")))
    return held


def _locked(hold: LegalHold) -> LegalHold:
    """Lock a hold in force.

    Raises:
        Rejection: it was released.
    """
    found = LegalHold.objects.select_for_update(of=("self",)).select_related("site")
    hold = found.get(pk=hold.pk)
    if hold.released_at is not None:
        raise Rejection(
            "hold",
            "released",
            _("this hold was released"),
            _("place a new one"),
        )
    return hold


def _require_future(ends_at: datetime) -> None:
    if ends_at <= clock.now():
        raise Rejection("ends_at", "not_in_future", _("the date is over"), _("choose a later one"))


def _require_subject(subject: Subject) -> None:
    """Validate that what the kind names is there.

    Raises:
        Rejection: it is missing, or a period ends before it begins.
    """
    if subject.kind == Kind.PERIOD:
        if subject.begins_at is None or subject.until_at is None:
            raise _missing("begins_at")
        validation.require_order(subject.begins_at, subject.until_at, "until_at")
    elif not getattr(subject, subject.kind):
        raise _missing(subject.kind)


def _missing(field: str) -> Rejection:
    return Rejection(
        field, "missing", _("this field is required"), _("choose which data the hold is for")
    )
