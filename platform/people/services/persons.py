"""Add people to the register, and change what is known of them."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, revisions
from core.errors import Rejection
from core.models import Site
from estate.models import Unit
from estate.services.common import Actor, validate
from people.models import Occupancy, Person
from people.periods import on_day, today

#: The values of a person that a form changes.
PERSON_VALUES = ("name", "phone", "email", "born_on")


def new_person(
    site: Site, *, name: str, phone: str = "", email: str = "", born_on: date | None = None
) -> Person:
    """Return a person who is not in the register yet.

    Raises:
        Rejection: a value is missing or malformed.
    """
    person = Person(
        site=site,
        name=" ".join(name.split()),
        phone=phone.strip(),
        email=email.strip(),
        born_on=born_on,
    )
    _require_valid(person)
    return person


def add_person(person: Person, actor: Actor, unit: Unit | None = None) -> Person:
    """Add a person of `new_person` to the register, in the caller's transaction.

    Args:
        unit: where the person is about to live or work.

    Raises:
        Rejection: see `require_distinct`.
    """
    require_distinct(person, unit)
    person.save(force_insert=True)
    audit.record(person.site, actor, "register person", ("person", person.pk))
    return person


@transaction.atomic
def change_person(person: Person, actor: Actor, *, revision: str = "", **values: Any) -> Person:
    """Change a person's name, phone number, e-mail or date of birth.

    The audit log names the changed fields, not their values, which are personal data.

    Raises:
        Rejection: a value is malformed or was changed meanwhile.
    """
    locked = Person.objects.select_for_update(of=("self",)).select_related("site").get(pk=person.pk)
    before, subject = person_values(locked), ("person", locked.pk)
    revisions.require_revision(revision, before, locked.site, subject)
    for name, value in values.items():
        setattr(locked, name, " ".join(value.split()) if isinstance(value, str) else value)
    _require_valid(locked)
    changed = revisions.changed_values(before, person_values(locked))
    if changed:
        locked.save(update_fields=list(changed))
        audit.record(locked.site, actor, "change person", subject, fields=sorted(changed))
    return locked


def person_values(person: Person) -> dict[str, Any]:
    """Return the values of a person that a form changes."""
    return {name: getattr(person, name) for name in PERSON_VALUES}


def _require_valid(person: Person) -> None:
    if not any(map(str.isalpha, person.name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter the person's name"))
    validate(person, PERSON_VALUES)
    if person.born_on is not None and person.born_on > today(person.site):
        raise Rejection(
            "born_on", "ahead", _("the day is in the future"), _("enter the date of birth")
        )


def require_distinct(person: Person, unit: Unit | None) -> None:
    """Validate that a new person differs from those of the register.

    Raises:
        Rejection: the register has a person of this name with the same unit, phone number and
            e-mail, so that staff could not choose between them.
    """
    same = Person.objects.filter(
        site=person.site, name__iexact=person.name, phone=person.phone, email__iexact=person.email
    )
    now = Occupancy.objects.filter(on_day(today(person.site))).exclude(person=None)
    if unit is None:
        same = same.exclude(pk__in=now.values("person"))
    else:
        same = same.filter(pk__in=now.filter(unit=unit).values("person"))
    if same.exists():
        raise Rejection(
            "name",
            "person_exists",
            _("a person of this name, unit and phone number is registered already"),
            _("choose that person, or enter what tells the two apart"),
        )
