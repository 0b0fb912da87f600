"""The status of bays: what their sensors report, and what staff reserve or close by hand.

A sensor's report is stored for every bay. A closed bay is shown as closed whatever stands in it; a
reserved one as reserved until it is occupied. When a restriction is lifted, the bay is as its
sensor last reported it.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, live, undo, validation
from core.errors import Rejection
from core.models import Site, User
from devices.models import Device
from estate import topics
from estate.models import Bay
from estate.services.common import require_in_use

Status = Bay.Status
Restriction = Bay.Restriction
_ACTIONS: dict[str, str] = {
    Restriction.CLOSED: "close bay",
    Restriction.RESERVED: "reserve bay",
    Restriction.NONE: "free bay",
}
_RESTRICTION_FIELDS = ("restriction", "restriction_reason")


@transaction.atomic(savepoint=False)
def set_bay_status(sensor_id: int, *, occupied: bool, at: datetime) -> Bay | None:
    """Set the sensor's bay to free or occupied; a message older than the last one is ignored.

    Args:
        at: by the sensor's clock.
    """
    bay = _of_sensor(sensor_id)
    if bay is None or (bay.status_at and at < bay.status_at):
        return bay
    bay.status_at = at
    return _set_sensed(bay, Status.OCCUPIED if occupied else Status.FREE)


@transaction.atomic(savepoint=False)
def set_bay_unknown(sensor_id: int) -> Bay | None:
    """Set the bay of a silent sensor to unknown."""
    bay = _of_sensor(sensor_id)
    return _set_sensed(bay, Status.UNKNOWN) if bay else None


@transaction.atomic
def restrict_bay(bay: Bay, actor: User, *, restriction: str, reason: str) -> Bay:
    """Reserve or close a bay by hand.

    Args:
        restriction: ``reserved`` or ``closed``.

    Raises:
        Rejection: no reason is given, the bay has ended, or has this restriction already.
    """
    validation.require_reason(reason)
    bay = locked_bays().get(pk=bay.pk)
    require_in_use(bay)
    if restriction not in (Restriction.RESERVED, Restriction.CLOSED):
        raise Rejection("restriction", "not_a_choice", _("unknown choice"), _("choose one"))
    if bay.restriction == restriction:
        problem = _("this bay is %(state)s already")
        raise Rejection(
            "restriction",
            "already_set",
            problem % {"state": Restriction(restriction).label},
            _("choose the other one, or cancel"),
        )
    return _set_restriction(bay, actor, _ACTIONS[restriction], restriction, reason.strip())


@transaction.atomic
def free_bay(bay: Bay, actor: User) -> Bay:
    """Lift a bay's restriction; without one it stays as it is."""
    bay = locked_bays().get(pk=bay.pk)
    if not bay.restriction:
        return bay
    return _free(bay, actor)


@transaction.atomic
def restrict_bays(
    bays: Iterable[Bay], actor: User, *, restriction: str, reason: str
) -> undo.Changes:
    """Reserve or close those of the bays that are in use and not restricted so.

    Returns:
        Their changes.

    Raises:
        Rejection: no reason is given.
    """
    validation.require_reason(reason)
    chosen = locked_bays().filter(pk__in=[bay.pk for bay in bays], ended_at=None)
    found = list(chosen.exclude(restriction=restriction).order_by("pk"))
    action = _ACTIONS[restriction]
    return undo.record_changes(
        found,
        _RESTRICTION_FIELDS,
        lambda bay: _set_restriction(bay, actor, action, restriction, reason.strip()),
    )


@transaction.atomic
def free_bays(bays: Iterable[Bay], actor: User) -> undo.Changes:
    """Lift the restrictions of those of the bays that have one; return their changes."""
    chosen = locked_bays().filter(pk__in=[bay.pk for bay in bays])
    found = list(chosen.exclude(restriction=Restriction.NONE).order_by("pk"))
    return undo.record_changes(found, _RESTRICTION_FIELDS, lambda bay: _free(bay, actor))


@transaction.atomic
def restore_restrictions(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `restrict_bays` or `free_bays`.

    Raises:
        Rejection: a bay was reserved, closed or made available since, or has ended.
    """
    rows = Bay.objects.filter(lot__site=site).select_related("lot__site")
    for bay, before in undo.unchanged_rows(rows, changes):
        require_in_use(bay)
        restriction, reason = (before[name] for name in _RESTRICTION_FIELDS)
        _set_restriction(bay, actor, _ACTIONS[restriction], restriction, reason)


def locked_bays() -> QuerySet[Bay]:
    """Return bays with their lots, locked until the transaction ends."""
    return Bay.objects.select_related("lot__site").select_for_update(of=("self",))


def assign_sensor(bay: Bay, sensor: Device | None) -> None:
    """Change the bay's sensor; status_at belonged to the former sensor's clock and is reset."""
    bay.sensor, bay.status_at = sensor, None
    bay.save(update_fields=["sensor"])
    _set_sensed(bay, Status.UNKNOWN)


def status_of(bay: Bay) -> Bay.Status:
    """Return what pages show for a bay."""
    if bay.restriction == Restriction.CLOSED:
        return Status.CLOSED
    if bay.restriction == Restriction.RESERVED and bay.sensed != Status.OCCUPIED:
        return Status.RESERVED
    return Status(bay.sensed)


def _of_sensor(sensor_id: int) -> Bay | None:
    return locked_bays().filter(sensor=sensor_id).first()


def _set_sensed(bay: Bay, sensed: Bay.Status) -> Bay:
    bay.sensed = sensed
    return _save(bay, "sensed", "status_at")


def _free(bay: Bay, actor: User) -> Bay:
    return _set_restriction(bay, actor, _ACTIONS[Restriction.NONE], Restriction.NONE, "")


def _set_restriction(bay: Bay, actor: User, action: str, restriction: str, reason: str) -> Bay:
    detail = {"reason": reason} if reason else {}
    audit.record(bay.site, actor, action, ("bay", bay.pk), code=bay.code, **detail)
    bay.restriction, bay.restriction_reason = restriction, reason
    return _save(bay, "restriction", "restriction_reason")


def _save(bay: Bay, *fields: str) -> Bay:
    before, bay.status = bay.status, status_of(bay)
    bay.save(update_fields=["status", *fields])
    if bay.status != before:
        live.announce(topics.BAY, bay.lot.site_id, bay.pk)
    return bay
