"""Where people and companies are written to.

A person's mails go to the address of the register, else to that with which the first approved user
who acts for the person signs in; text messages go to the telephone of the register. Those of a
company go to the address and the telephone of its contact. The language is that of the user who
acts for the person, else the site's.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings

from core.models import Site
from people.models import Binding, Company, Delegation, Occupancy, Person
from people.periods import on_day, today

Role = Occupancy.Role


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a person or a company is written to.

    Attributes:
        kind, key: of the row: ``person`` or ``company``, and its key as a text.
        email, phone: empty for none.
        language: in which to write, as a Django language code.
    """

    kind: str
    key: str
    email: str
    phone: str
    language: str


def contacts_of_people(site: Site, people: Collection[int]) -> dict[int, Contact]:
    """Return the contacts of people of the site by their keys, with two queries."""
    rows = Binding.objects.filter(person__in=people, state=Binding.State.APPROVED)
    rows = rows.order_by("-requested_at", "-pk")
    found = rows.values_list("person", "user__resident_account__email", "user__language")
    acting = {person: (email or "", language) for person, email, language in found}
    default = site.language or settings.LANGUAGE_CODE
    contacts = {}
    known = Person.objects.filter(pk__in=people, site=site, erased_at=None)
    for pk, email, phone in known.values_list("pk", "email", "phone"):
        of_user, language = acting.get(pk, ("", ""))
        contacts[pk] = Contact("person", str(pk), email or of_user, phone, language or default)
    return contacts


def contacts_of_companies(site: Site, companies: Collection[int]) -> dict[int, Contact]:
    """Return the contacts of companies of the site by their keys."""
    language = site.language or settings.LANGUAGE_CODE
    rows = Company.objects.filter(pk__in=companies, site=site)
    return {
        pk: Contact("company", str(pk), email, phone, language)
        for pk, email, phone in rows.values_list("pk", "email", "phone")
    }


def bill_readers(site: Site, units: Collection[int]) -> dict[tuple[int, int], list[int]]:
    """Return who may see the bills of units' heads: members of their households who live there.

    Returns:
        By unit and by the person who owns or rents it and lives there, the people whom the
        household lets see its bills, by their keys.
    """
    allowed = Delegation.objects.filter(unit__in=units, may_see_bills=True)
    readers = set(allowed.values_list("unit", "person"))
    then = Occupancy.objects.filter(on_day(today(site)), unit__in={unit for unit, _one in readers})
    living: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for unit, role, person in then.values_list("unit", "role", "person").order_by("pk"):
        living[unit or 0][role].append(person or 0)
    found: dict[tuple[int, int], list[int]] = {}
    for unit, people in living.items():
        members = [each for each in people[Role.FAMILY] if (unit, each) in readers]
        heads = people[Role.TENANT] or people[Role.OWNER]
        found |= {(unit, head): members for head in heads if members}
    return found
