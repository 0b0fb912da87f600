"""Whose face a resident may enrol: the own one, and as a guardian those of the children at home."""

from django.http import Http404

from core import clock
from people.accounts.homes import homes_of, members_of
from people.consents import is_child
from people.models import Person
from portal.residents import HomeRequest


def children_of(person: Person) -> list[Person]:
    """Return the children under 14 of the households that a person heads, by name."""
    homes = [home for home in homes_of(person) if home.is_head and home.lives_there]
    living = {each.person.pk: each.person for home in homes for each in members_of(home.unit)}
    living.pop(person.pk, None)
    found = [each for each in living.values() if is_child(each, clock.now())]
    return sorted(found, key=lambda each: (each.name, each.pk))


def subject_or_404(request: HomeRequest, pk: int) -> Person:
    """Return the person of the address.

    Raises:
        Http404: it is neither the resident nor a child of the household.
    """
    if pk == request.person.pk:
        return request.person
    for child in children_of(request.person):
        if child.pk == pk:
            return child
    raise Http404(f"no person {pk}")


def guardian_for(request: HomeRequest, person: Person) -> str:
    """Return who consents for a child; empty for who consents for themselves."""
    return request.person.name if person.pk != request.person.pk else ""


def needs_guardian(request: HomeRequest, person: Person) -> bool:
    """Whether the resident is a child, for whom somebody else has to consent."""
    return person.pk == request.person.pk and is_child(person, clock.now())
