"""What this room holds of a person; the row stays as a tombstone, without data."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import clock, holdings
from core.holdings import Erased, Identity, PlateUse, Row
from core.models import Site
from people.accounts import holdings as accounts
from people.accounts.holdings import account_emails
from people.models import (
    Company,
    ConsentGrant,
    ConsentStatement,
    Occupancy,
    Person,
    StaffInvitation,
    Vehicle,
)
from people.periods import lasting_after, today


def identity_of(person: Person) -> Identity:
    """Return by what the rooms find a person's rows."""
    cars = Vehicle.objects.filter(person=person).order_by("pk")
    return Identity(
        site_id=person.site_id,
        person_id=person.pk,
        plates=tuple(dict.fromkeys(_use(car) for car in cars if car.plate)),
        phones=(person.phone,) if person.phone else (),
        emails=tuple(dict.fromkeys(filter(None, (person.email, *account_emails(person.pk))))),
    )


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the person, the occupancies, the vehicles, the consents and the accounts."""
    person = Person.objects.filter(pk=identity.person_id)
    yield "person", holdings.rows_of(person, "name", "phone", "email", "born_on")
    held = Occupancy.objects.filter(person=identity.person_id).order_by("begins_on")
    places = ("unit__building__code", "unit__code", "bay__code")
    yield "occupancies", holdings.rows_of(held, *places, "role", "begins_on", "ends_on", "share")
    cars = Vehicle.objects.filter(person=identity.person_id).order_by("begins_at")
    yield "vehicles", holdings.rows_of(cars, "plate", "begins_at", "ends_at")
    fields = ("purpose", "state", "at", "text_version", "channel", "guardian")
    yield "consents", holdings.rows_of(_statements(identity).order_by("at"), *fields)
    yield from accounts.export(identity)


def erase(identity: Identity) -> Erased:
    """Delete vehicles, consents and accounts, and blank the person, whose key others refer to."""
    rows = accounts.erase(identity)
    rows += Vehicle.objects.filter(person=identity.person_id).delete()[0]
    rows += ConsentGrant.objects.filter(person=identity.person_id).delete()[0]
    rows += _statements(identity).exclude(guardian="").update(guardian="")
    companies = Company.objects.filter(site=identity.site_id)
    contact = Q(phone__in=identity.phones) | Q(email__in=identity.emails)
    rows += companies.filter(contact).update(contact="", phone="", email="")
    emails = [email.lower() for email in identity.emails]
    invitations = StaffInvitation.objects.filter(site=identity.site_id, email__in=emails)
    rows += invitations.delete()[0]
    person = Person.objects.filter(pk=identity.person_id)
    blank = {"name": "", "phone": "", "email": "", "born_on": None}
    rows += person.update(**blank, erased_at=clock.now())
    kept = Occupancy.objects.filter(person=identity.person_id).count()
    return Erased(rows, {"occupancies": kept} if kept else {})


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that the person still owns, rents or lives in a place."""
    day = today(Site.objects.get(pk=identity.site_id))
    if Occupancy.objects.filter(lasting_after(day), person=identity.person_id).exists():
        yield _("the person still occupies a unit or a bay")


def _statements(identity: Identity) -> QuerySet[ConsentStatement]:
    subject = {"subject_type": "person", "subject_id": identity.person_id}
    return ConsentStatement.objects.filter(site=identity.site_id, **subject)


def _use(car: Vehicle) -> PlateUse:
    """Return a car's plate; for its period only, where the plate was another's at other times."""
    others = Vehicle.objects.filter(site=car.site_id, plate=car.plate).exclude(person=car.person_id)
    companies = Vehicle.objects.filter(site=car.site_id, plate=car.plate, person=None)
    if (others | companies).exists():
        return PlateUse(car.plate, car.folded, car.begins_at, car.ends_at)
    return PlateUse(car.plate, car.folded)


holdings.register(holdings.Part("people", export, erase, blocks, is_last=True))
