"""What changes the register of people and their cars."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Refusal
from core.models import Site, User
from core.plates import fold, is_plausible, normalise
from people.models import Person, Vehicle


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
    """Register a car to a resident or tenant by name; somebody unknown is entered first.

    Raises:
        Refusal: the text is no plate, the car is registered already, or it ends before it begins.
    """
    spelled = normalise(plate)[:16]
    if not is_plausible(spelled):
        raise Refusal(
            "plate", _("this is no plate"), _("write its letters and digits, such as 沪A12345")
        )
    if ends_at is not None and ends_at <= begins_at:
        raise Refusal("ends_at", _("it ends before it begins"), _("choose a later end"))
    _require_free(site, spelled)
    person, _made = Person.objects.get_or_create(site=site, name=name.strip())
    vehicle, _made = Vehicle.objects.update_or_create(
        site=site,
        plate=spelled,
        defaults={
            "folded": fold(spelled),
            "person": person,
            "begins_at": begins_at,
            "ends_at": ends_at,
        },
    )
    audit.record(site, actor, "register vehicle", f"vehicle:{vehicle.pk}")
    return vehicle


@transaction.atomic
def end_vehicle(vehicle: Vehicle, actor: User) -> Vehicle:
    """End a car's registration now; one that has ended stays as it is."""
    vehicle = Vehicle.objects.select_for_update().select_related("site").get(pk=vehicle.pk)
    if vehicle.ends_at is None or vehicle.ends_at > clock.now():
        vehicle.ends_at = max(clock.now(), vehicle.begins_at + timedelta(microseconds=1))
        vehicle.save(update_fields=["ends_at"])
        audit.record(vehicle.site, actor, "end vehicle", f"vehicle:{vehicle.pk}")
    return vehicle


def _require_free(site: Site, plate: str) -> None:
    """Refuse a car whose registration runs; one that has ended may be registered anew."""
    there = Vehicle.objects.filter(site=site, plate=plate).first()
    if there is not None and (there.ends_at is None or there.ends_at > clock.now()):
        raise Refusal(
            "plate", _("this car is registered already"), _("end that registration first")
        )
