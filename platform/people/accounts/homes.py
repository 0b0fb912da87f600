"""The homes of a person, what the household is, and who may do what there."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import User
from estate.models import Unit
from people.models import Delegation, Occupancy, Person
from people.periods import on_day, today
from people.selectors import household

#: What an owner or a tenant may do, and may let a member of the household do.
SWITCHES = ("may_pay", "may_invite_visitors", "may_see_bills")
_HEADS = (Occupancy.Role.OWNER, Occupancy.Role.TENANT)


@dataclass(frozen=True)
class Home:
    """A unit that a person occupies today.

    Attributes:
        is_head: whether the person owns or rents it.
        lives_there: whether the person belongs to the household.
        may: the switches that are on for the person.
    """

    unit: Unit
    occupancy: Occupancy
    is_head: bool
    lives_there: bool
    may: frozenset[str]


@dataclass(frozen=True)
class Member:
    """A person of a household.

    Attributes:
        may: the switches that are on.
        is_head: whether they all are, since the person owns or rents the unit.
    """

    person: Person
    is_head: bool
    may: frozenset[str]


def homes_of(person: Person) -> list[Home]:
    """Return the units that a person occupies today, by code."""
    rows = Occupancy.objects.filter(on_day(today(person.site)), person=person).exclude(unit=None)
    rows = rows.select_related("unit__building__site").order_by("unit__building__code", "unit")
    return [_home(each, person) for each in rows]


def home_or_none(person: Person, unit_id: int) -> Home | None:
    """Return a person's home of that unit; None if it is not theirs."""
    return next((home for home in homes_of(person) if home.unit.pk == unit_id), None)


def is_head(person: Person, unit: Unit) -> bool:
    """Return whether a person owns or rents a unit today."""
    then = Occupancy.objects.filter(on_day(today(person.site)), unit=unit, role__in=_HEADS)
    return then.filter(person=person).exists()


def heads_household_of(user: User, person: Person) -> bool:
    """Return whether a user acts for the head of the household in which a person lives."""
    own = Q(person__bindings__user=user, person__bindings__state="approved")
    then = Occupancy.objects.filter(on_day(today(person.site)), site=person.site)
    headed = then.filter(own, role__in=_HEADS).select_related("unit", "person").exclude(unit=None)
    for each in headed:
        living = household(each.unit, today(person.site)) if each.unit else Person.objects.none()
        if {person.pk, each.person_id} <= set(living.values_list("pk", flat=True)):
            return True
    return False


def heads_of(unit: Unit) -> list[Person]:
    """Return who owns or rents a unit and belongs to its household, by name."""
    return [member.person for member in members_of(unit) if member.is_head]


def members_of(unit: Unit) -> list[Member]:
    """Return the household of a unit today, with what each may do."""
    living = list(household(unit, today(unit.site)))
    rows = {row.person_id: row for row in Delegation.objects.filter(unit=unit)}
    heads = set(_heads_of(unit).values_list("person", flat=True))
    return [
        Member(each, each.pk in heads, _switched_on(rows.get(each.pk), each.pk in heads))
        for each in living
    ]


@transaction.atomic
def set_switches(unit: Unit, person: Person, actor: User, **switches: bool) -> None:
    """Set what a member of the household may do.

    Args:
        switches: those of `SWITCHES`.

    Raises:
        Rejection: the person doesn't live in the unit, or owns or rents it.
    """
    member = next((each for each in members_of(unit) if each.person == person), None)
    if member is None or member.is_head:
        raise Rejection(
            "person",
            "not_a_member",
            _("this can be set for family members who live there only"),
            _("choose one of them"),
        )
    Delegation.objects.update_or_create(unit=unit, person=person, defaults=switches)
    on = sorted(name for name, value in switches.items() if value)
    audit.record(unit.site, actor, "change household rights", ("person", person.pk), rights=on)


def _home(occupancy: Occupancy, person: Person) -> Home:
    unit: Any = occupancy.unit
    leads = occupancy.role in _HEADS
    living = household(unit, today(person.site)).filter(pk=person.pk).exists()
    row = None if leads else Delegation.objects.filter(unit=unit, person=person).first()
    return Home(unit, occupancy, leads, living, _switched_on(row, leads))


def _heads_of(unit: Unit) -> QuerySet[Occupancy]:
    then = Occupancy.objects.filter(on_day(today(unit.site)), unit=unit, role__in=_HEADS)
    return then.exclude(person=None)


def _switched_on(row: Delegation | None, is_head: bool) -> frozenset[str]:
    if is_head:
        return frozenset(SWITCHES)
    return frozenset(name for name in SWITCHES if row is not None and getattr(row, name))
