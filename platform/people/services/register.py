"""Write the register of people and their vehicles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit, clock, undo, validation
from core.errors import Rejection
from core.events import publish
from core.models import Site
from core.plates import fold
from estate.models import Unit
from estate.services.common import Actor
from people.events import VehicleRegistered
from people.models import Holder, Occupancy, Person, Vehicle
from people.periods import begin_after, not_ended, today
from people.plates import validate_plate
from people.selectors import overlapping_vehicle
from people.services.moves import NewOccupancy, move_in
from people.services.persons import add_person, new_person

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('registration of a plate'), hashtext(%s))"


@dataclass(frozen=True)
class NewPerson:
    """A person who is to be added to the register.

    Attributes:
        unit: where they live or work from today on.
        role: in which capacity.
    """

    name: str
    unit: Unit | None = None
    phone: str = ""
    email: str = ""
    role: str = Occupancy.Role.TENANT


@transaction.atomic
def register_person(
    site: Site,
    actor: Actor,
    *,
    name: str,
    phone: str = "",
    email: str = "",
    born_on: date | None = None,
    unit: Unit | None = None,
    role: str = Occupancy.Role.TENANT,
) -> Person:
    """Add a person to the register, and to the unit they live or work in from today on.

    Several people may have one name, but not the same unit, phone number and e-mail too: staff
    could not choose between them.

    Args:
        role: their role in the unit, of `Occupancy.Role`.

    Raises:
        Rejection: a value is missing or malformed, the unit is another site's or has ended, or the
            register has a person of this name with the same unit, phone number and e-mail.
    """
    person = new_person(site, name=name, phone=phone, email=email, born_on=born_on)
    if unit is not None and unit.building.site_id != site.pk:
        raise _not_of_site("unit", _("this unit is not at the site"))
    add_person(person, actor, unit)
    if unit is not None:
        move_in(unit, actor, NewOccupancy(person, role), on=today(site))
    return person


@transaction.atomic
def register_vehicle(
    site: Site,
    actor: Actor,
    *,
    plate: str,
    holder: Holder | NewPerson,
    begins_at: datetime,
    ends_at: datetime | None = None,
    unusual_plate: bool = False,
) -> Vehicle:
    """Register a vehicle to a person or a company of the site, or to a new person.

    Args:
        holder: to whom.
        unusual_plate: see `people.plates.validate_plate`.

    Raises:
        Rejection: the plate is invalid, the holder is not of this site or cannot be added, the
            vehicle is registered at that time already, or the registration ends before it begins.
    """
    spelled = validate_plate(site, plate, unusual_plate=unusual_plate)
    begins_at = begin_after(Vehicle.objects.filter(site=site, plate=spelled), begins_at)
    validation.require_order(begins_at, ends_at)
    _require_free(site, spelled, begins_at, ends_at)
    vehicle = Vehicle.objects.create(
        site=site,
        plate=spelled,
        folded=fold(spelled),
        **_held_by(_holder(site, actor, holder)),
        begins_at=begins_at,
        ends_at=ends_at,
    )
    audit.record(site, actor, "register vehicle", ("vehicle", vehicle.pk))
    publish(VehicleRegistered(site.pk, spelled, begins_at))
    return vehicle


@transaction.atomic
def change_vehicle_end(vehicle: Vehicle, actor: Actor, ends_at: datetime | None) -> Vehicle:
    """Set another end of a registration that has not ended; None for no end.

    Raises:
        Rejection: it has ended, the new end is not ahead, or the vehicle is registered again by
            then.
    """
    vehicle = Vehicle.objects.select_for_update().select_related("site").get(pk=vehicle.pk)
    validation.require_new_end(vehicle.begins_at, vehicle.ends_at, ends_at)
    if vehicle.ends_at is not None:
        _require_free(vehicle.site, vehicle.plate, vehicle.ends_at, ends_at)
    vehicle.ends_at = ends_at
    vehicle.save(update_fields=["ends_at"])
    audit.record(vehicle.site, actor, "change vehicle end", ("vehicle", vehicle.pk))
    return vehicle


@transaction.atomic
def end_vehicle(vehicle: Vehicle, actor: Actor) -> Vehicle:
    """End a vehicle's registration now; one that has ended already is not changed."""
    vehicle = Vehicle.objects.select_for_update().select_related("site").get(pk=vehicle.pk)
    if vehicle.ends_at is None or vehicle.ends_at > clock.now():
        _end(vehicle, actor)
    return vehicle


@transaction.atomic
def end_vehicles(vehicles: Iterable[Vehicle], actor: Actor) -> undo.Changes:
    """End those of the registrations that have not ended; return their changes."""
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    running = Vehicle.objects.select_for_update(of=("self",)).select_related("site")
    running = running.filter(not_ended()).order_by("pk")
    found = list(running.filter(pk__in=[each.pk for each in vehicles]))
    return undo.record_changes(found, ["ends_at"], lambda vehicle: _end(vehicle, actor))


@transaction.atomic
def continue_vehicles(site: Site, actor: Actor, changes: undo.Changes) -> None:
    """Undo `end_vehicles`: each registration ends as it would have.

    Raises:
        Rejection: one was changed since, or the car is registered again by then.
    """
    rows = Vehicle.objects.filter(site=site).select_related("site")
    for vehicle, before in undo.unchanged_rows(rows, changes):
        ended_at, vehicle.ends_at = vehicle.ends_at, before["ends_at"]
        _require_free(site, vehicle.plate, ended_at, vehicle.ends_at)
        vehicle.save(update_fields=["ends_at"])
        audit.record(site, actor, "continue vehicle", ("vehicle", vehicle.pk))
        publish(VehicleRegistered(site.pk, vehicle.plate, ended_at))


@transaction.atomic
def end_vehicles_of(holder: Holder, actor: Actor, at: datetime) -> int:
    """End the registrations of a person's or a company's vehicles at an instant; count them."""
    rows = Vehicle.objects.select_for_update(of=("self",)).select_related("site")
    found = list(vehicles_after(holder, at, rows).order_by("pk"))
    for vehicle in found:
        _end(vehicle, actor, at)
    return len(found)


def vehicles_after(holder: Holder, at: datetime, rows: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
    """Return the vehicles of a person or a company that are registered after an instant."""
    return rows.filter(Q(ends_at=None) | Q(ends_at__gt=at), **_held_by(holder))


def _end(vehicle: Vehicle, actor: Actor, at: datetime | None = None) -> None:
    vehicle.ends_at = max(at or clock.now(), vehicle.begins_at + timedelta(microseconds=1))
    vehicle.save(update_fields=["ends_at"])
    audit.record(vehicle.site, actor, "end vehicle", ("vehicle", vehicle.pk))


def _holder(site: Site, actor: Actor, holder: Holder | NewPerson) -> Holder:
    if isinstance(holder, NewPerson):
        return register_person(
            site,
            actor,
            name=holder.name,
            unit=holder.unit,
            phone=holder.phone,
            email=holder.email,
            role=holder.role,
        )
    if holder.site_id != site.pk:
        raise _not_of_site("holder", _("this person or company is not registered at the site"))
    return holder


def _held_by(holder: Holder) -> dict[str, Any]:
    return {"person" if isinstance(holder, Person) else "company": holder}


def _not_of_site(field: str, message: str) -> Rejection:
    return Rejection(field, "not_a_choice", message, _("choose one of the site"))


def _require_free(site: Site, plate: str, begins_at: datetime, ends_at: datetime | None) -> None:
    """Raise a Rejection that names the plate's registration in a part of that period.

    The lock makes another request with the plate wait, so that it gets this answer and not the
    constraint's.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"{site.pk} {plate}"])
    existing = overlapping_vehicle(site, plate, begins_at, ends_at)
    if existing is None:
        return
    params: dict[str, Any] = {
        "name": existing.holder.name,
        "begin": f"{timezone.localtime(existing.begins_at):%Y-%m-%d %H:%M}",
    }
    raise Rejection(
        "plate",
        "already_registered",
        _("this car is registered to %(name)s from %(begin)s") % params,
        _("extend or end that registration"),
        params=params,
    )
