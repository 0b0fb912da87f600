"""Write the register of people and their vehicles."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, clock, validation
from core.errors import Rejection
from core.models import Site, User
from core.plates import fold
from estate.models import Unit
from people.models import Person, Vehicle


@transaction.atomic
def register_person(site: Site, actor: User, *, name: str, unit: Unit | None = None) -> Person:
    """Register a person, with the unit they live or work in."""
    person = Person.objects.create(site=site, name=name, unit=unit)
    audit.record(site, actor, "register person", ("person", person.pk))
    return person


@transaction.atomic
def register_vehicle(
    site: Site,
    actor: User,
    *,
    plate: str,
    name: str,
    begins_at: datetime,
    ends_at: datetime | None = None,
) -> Vehicle:
    """Register a vehicle to a person by name; a person of a new name is created.

    If several people have the name, the vehicle is registered to the one created first.

    Raises:
        Rejection: the text is not a plate, the name is missing, the vehicle is registered already,
            or the registration ends before it begins.
    """
    spelled = validation.plate(plate)
    validation.require_order(begins_at, ends_at)
    if not name.strip():
        raise Rejection("name", "missing", _("a name is required"), _("enter the owner's name"))
    in_force = Q(ends_at=None) | Q(ends_at__gt=clock.now())
    if Vehicle.objects.filter(in_force, site=site, plate=spelled).exists():
        raise _already_registered()
    try:
        vehicle = Vehicle.objects.create(
            site=site,
            plate=spelled,
            folded=fold(spelled),
            person=_person(site, name.strip()),
            begins_at=begins_at,
            ends_at=ends_at,
        )
    except IntegrityError as error:  # registered by another request at the same moment
        raise _already_registered() from error
    audit.record(site, actor, "register vehicle", ("vehicle", vehicle.pk))
    return vehicle


@transaction.atomic
def end_vehicle(vehicle: Vehicle, actor: User) -> Vehicle:
    """End a vehicle's registration now; one that has ended already is not changed."""
    vehicle = Vehicle.objects.select_for_update().select_related("site").get(pk=vehicle.pk)
    if vehicle.ends_at is None or vehicle.ends_at > clock.now():
        vehicle.ends_at = max(clock.now(), vehicle.begins_at + timedelta(microseconds=1))
        vehicle.save(update_fields=["ends_at"])
        audit.record(vehicle.site, actor, "end vehicle", ("vehicle", vehicle.pk))
    return vehicle


def _person(site: Site, name: str) -> Person:
    existing = Person.objects.filter(site=site, name=name).order_by("pk").first()
    return existing or Person.objects.create(site=site, name=name)


def _already_registered() -> Rejection:
    return Rejection(
        "plate",
        "already_registered",
        _("this car is already registered"),
        _("end that registration first"),
    )
