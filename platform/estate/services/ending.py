"""End, restore and remove places."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.events import publish
from estate import ports
from estate.events import LaneChanged
from estate.models import (
    Bay,
    Building,
    Door,
    DoorDevice,
    DoorGroup,
    Lane,
    Lot,
    Place,
    Unit,
    UnitState,
)
from estate.services.bays import assign_sensor, locked_bays
from estate.services.common import Actor, AnyPlace, lock, require_in_use
from estate.services.equipment import remove_from_place


@transaction.atomic
def end_place(place: AnyPlace, actor: Actor) -> AnyPlace:
    """End a place: it leaves boards and choices, and stays in the history.

    A building's units and a lot's bays end with it; the devices of a lane and a bay become free.

    Raises:
        Rejection: it has ended, or something that needs it must be settled first.
    """
    locked = lock(place)
    require_in_use(locked)
    require_unused(locked)
    detail = _end_parts(locked, actor)
    _end(locked, actor, **detail)
    return locked


@transaction.atomic
def restore_place(place: AnyPlace, actor: Actor) -> AnyPlace:
    """Use an ended place again; its parts stay ended, and its devices stay where they are now.

    Raises:
        Rejection: the building, lot or gate to which it belongs has ended.
    """
    locked = lock(place)
    if locked.ended_at is None:
        return locked
    for owner in _owners(locked):
        require_in_use(owner)
    locked.ended_at = None
    locked.save(update_fields=["ended_at"])
    _record(locked, actor, "restore")
    return locked


@transaction.atomic
def remove_place(place: AnyPlace, actor: Actor) -> None:
    """Delete a place that no record refers to.

    Raises:
        Rejection: a record refers to it.
    """
    locked = lock(place)
    if is_referred_to(locked):
        raise Rejection(
            "code", "referred_to", _("records refer to %(place)s") % {"place": locked}, _("end it")
        )
    _record(locked, actor, "remove")
    locked.delete()


def is_referred_to(place: Place) -> bool:
    """Return whether a row of any room refers to the place, or it has devices."""
    if isinstance(place, Lane) and (place.camera_id or place.barrier_id):
        return True
    if isinstance(place, Bay) and place.sensor_id:
        return True
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: place.pk}).exists()
        for relation in _relations_to(type(place))
    )


def _relations_to(kind: type[Place]) -> list[Any]:
    """Return the foreign keys to places of that kind, also those without a reverse accessor."""
    fields = kind._meta.get_fields(include_hidden=True)
    # A unit's states are a part of it.
    return [
        each
        for each in fields
        if (each.one_to_many or each.one_to_one)
        and each.auto_created
        and not each.concrete
        and each.related_model is not UnitState
    ]


def require_unused(place: Place) -> None:
    """Validate that nothing blocks the end of a place.

    Raises:
        Rejection: something needs it, and must be settled first.
    """
    blocking = [usage for usage in ports.usages_of(place) if usage.blocks]
    if blocking:
        raise Rejection(
            "place",
            "in_use",
            "; ".join(usage.text for usage in blocking),
            _("settle this first, then end it"),
        )


def _end_parts(place: Place, actor: Actor) -> dict[str, int]:
    """End what belongs to a place, and return the counts for its audit entry."""
    if isinstance(place, Building):
        units = Unit.objects.in_use().filter(building=place)
        return {"units": units.update(ended_at=clock.now())}
    if isinstance(place, Lot):
        bays = locked_bays().filter(lot=place, ended_at=None)
        for bay in bays.exclude(sensor=None):
            assign_sensor(bay, None)
        return {"bays": Bay.objects.in_use().filter(lot=place).update(ended_at=clock.now())}
    if isinstance(place, Bay) and place.sensor is not None:
        remove_from_place(place.sensor, actor)
    if isinstance(place, Door):
        return {"devices": DoorDevice.objects.filter(door=place).delete()[0]}
    if isinstance(place, DoorGroup):
        place.doors.clear()
    if isinstance(place, Lane):
        for device in {each.pk: each for each in (place.camera, place.barrier) if each}.values():
            remove_from_place(device, actor)
    return {}


def _end(place: Place, actor: Actor, **detail: int) -> None:
    place.ended_at = clock.now()
    place.save(update_fields=["ended_at"])
    _record(place, actor, "end", **detail)


def _owners(place: Place) -> list[Place]:
    if isinstance(place, Unit):
        return [place.building]
    if isinstance(place, Door):
        return [each for each in (place.building, place.zone) if each is not None]
    if isinstance(place, Bay):
        return [place.lot]
    return [place.gate, place.lot] if isinstance(place, Lane) else []


def _record(place: Place, actor: Actor, verb: str, **detail: int) -> None:
    subject = (place.kind, place.pk)
    audit.record(place.site, actor, f"{verb} {place.kind}", subject, code=place.code, **detail)
    if isinstance(place, Lane):
        publish(LaneChanged(place.gate.site_id, place.pk))
