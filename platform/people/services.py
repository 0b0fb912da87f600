"""Write the register of people and their vehicles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit, clock, validation
from core.errors import Rejection
from core.models import Site, User
from core.plates import fold
from estate.models import Unit
from people.models import Person, Vehicle
from people.periods import begin_after, not_ended
from people.plates import validate_plate
from people.selectors import overlapping_vehicle

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('registration of a plate'), hashtext(%s))"


@dataclass(frozen=True)
class NewPerson:
    """A person who is to be added to the register."""

    name: str
    unit: Unit | None = None
    phone: str = ""


@transaction.atomic
def register_person(
    site: Site, actor: User, *, name: str, unit: Unit | None = None, phone: str = ""
) -> Person:
    """Add a person to the register, with the unit they live or work in.

    Several people may have one name, but not the same unit and phone number too: staff could not
    choose between them.

    Raises:
        Rejection: the name is missing, the unit is another site's or has ended, or the register
            has a person of this name with the same unit and phone number.
    """
    name, phone = " ".join(name.split()), phone.strip()
    if not any(map(str.isalpha, name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter the owner's name"))
    if unit is not None and unit.building.site_id != site.pk:
        raise _not_of_site("unit", _("this unit is not at the site"))
    if unit is not None:
        _require_in_use(unit)
    if Person.objects.filter(site=site, name__iexact=name, unit=unit, phone=phone).exists():
        raise Rejection(
            "name",
            "person_exists",
            _("a person of this name, unit and phone number is registered already"),
            _("choose that person, or enter what tells the two apart"),
        )
    person = Person.objects.create(site=site, name=name, unit=unit, phone=phone)
    audit.record(site, actor, "register person", ("person", person.pk))
    return person


@transaction.atomic
def register_vehicle(
    site: Site,
    actor: User,
    *,
    plate: str,
    person: Person | NewPerson,
    begins_at: datetime,
    ends_at: datetime | None = None,
    unusual_plate: bool = False,
) -> Vehicle:
    """Register a vehicle to a person of the site, or to a new one.

    Args:
        unusual_plate: see `people.plates.validate_plate`.

    Raises:
        Rejection: the plate is invalid, the person is not of this site or cannot be added, the
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
        person=_owner(site, actor, person),
        begins_at=begins_at,
        ends_at=ends_at,
    )
    audit.record(site, actor, "register vehicle", ("vehicle", vehicle.pk))
    return vehicle


@transaction.atomic
def change_vehicle_end(vehicle: Vehicle, actor: User, ends_at: datetime | None) -> Vehicle:
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
def end_vehicle(vehicle: Vehicle, actor: User) -> Vehicle:
    """End a vehicle's registration now; one that has ended already is not changed."""
    vehicle = Vehicle.objects.select_for_update().select_related("site").get(pk=vehicle.pk)
    if vehicle.ends_at is None or vehicle.ends_at > clock.now():
        _end(vehicle, actor)
    return vehicle


@transaction.atomic
def end_vehicles(vehicles: Iterable[Vehicle], actor: User) -> int:
    """End those of the registrations that have not ended; return how many."""
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    running = Vehicle.objects.select_for_update(of=("self",)).select_related("site")
    running = running.filter(not_ended()).order_by("pk")
    found = list(running.filter(pk__in=[each.pk for each in vehicles]))
    for vehicle in found:
        _end(vehicle, actor)
    return len(found)


def _end(vehicle: Vehicle, actor: User) -> None:
    vehicle.ends_at = max(clock.now(), vehicle.begins_at + timedelta(microseconds=1))
    vehicle.save(update_fields=["ends_at"])
    audit.record(vehicle.site, actor, "end vehicle", ("vehicle", vehicle.pk))


def _owner(site: Site, actor: User, person: Person | NewPerson) -> Person:
    if isinstance(person, NewPerson):
        return register_person(site, actor, name=person.name, unit=person.unit, phone=person.phone)
    if person.site_id != site.pk:
        raise _not_of_site("person", _("this person is not registered at the site"))
    return person


def _require_in_use(unit: Unit) -> None:
    # Locked, so that the unit cannot end between this check and the commit.
    locked = Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    if locked.ended_at is not None:
        raise Rejection("unit", "has_ended", _("this unit has ended"), _("choose another unit"))


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
        "name": existing.person.name,
        "begin": f"{timezone.localtime(existing.begins_at):%Y-%m-%d %H:%M}",
    }
    raise Rejection(
        "plate",
        "already_registered",
        _("this car is registered to %(name)s from %(begin)s") % params,
        _("extend or end that registration"),
        params=params,
    )
