"""Read who may pass which doors; a decision needs one statement for it.

Rights of a household, a building, a company or a role follow from the rows of the day: who lives
in a unit are its tenants, family members and staff, and its owners unless it has a tenant; staff
of a company work in a unit that it occupies; roles are those of the users who act for the person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from core import clock
from core.models import Site
from doors import profiles
from doors.models import Right
from estate.models import Door, DoorGroup
from people.models import Binding, Membership, Occupancy, Person
from people.periods import on_day

# By plain SQL: each part is one look-up by index, and no decision waits for a query to be built.
_RIGHTS = """
WITH lives AS MATERIALIZED (
    SELECT own.unit_id, unit.building_id, own.role
    FROM people_occupancy AS own JOIN estate_unit AS unit ON unit.id = own.unit_id
    WHERE own.person_id = %(person)s
      AND own.begins_on <= %(day)s AND (own.ends_on IS NULL OR own.ends_on > %(day)s)
      AND (own.role <> 'owner' OR NOT EXISTS (
        SELECT FROM people_occupancy AS tenant
        WHERE tenant.unit_id = own.unit_id AND tenant.role = 'tenant'
          AND tenant.begins_on <= %(day)s
          AND (tenant.ends_on IS NULL OR tenant.ends_on > %(day)s)))
), found AS (
    SELECT id FROM doors_right WHERE person_id = %(person)s
    UNION SELECT id FROM doors_right WHERE unit_id IN (SELECT unit_id FROM lives)
    UNION SELECT id FROM doors_right WHERE building_id IN (SELECT building_id FROM lives)
    UNION SELECT id FROM doors_right
      WHERE site_id = %(site)s AND who = 'residents' AND EXISTS (SELECT FROM lives)
    UNION SELECT id FROM doors_right WHERE company_id IN (
        SELECT employer.company_id
        FROM lives JOIN people_occupancy AS employer ON employer.unit_id = lives.unit_id
        WHERE lives.role = 'worker' AND employer.company_id IS NOT NULL
          AND employer.begins_on <= %(day)s
          AND (employer.ends_on IS NULL OR employer.ends_on > %(day)s))
    UNION SELECT id FROM doors_right WHERE site_id = %(site)s AND role_id IN (
        SELECT member.role_id
        FROM people_binding AS bound JOIN people_membership AS member
          ON member.user_id = bound.user_id AND member.site_id = bound.site_id
        WHERE bound.person_id = %(person)s AND bound.state = 'approved')
)
SELECT held.id, held.group_id, held.who, profile.id, profile.windows::json,
       profile.exceptions::json, profile.first_on, profile.last_on, profile.holiday_windows::json,
       CASE WHEN profile.holiday_windows IS NOT NULL THEN
           (SELECT json_object_agg(day, weekday) FROM estate_calendarday WHERE site_id = %(site)s)
       END
FROM found JOIN doors_right AS held ON held.id = found.id
LEFT JOIN doors_timeprofile AS profile ON profile.id = held.profile_id
WHERE held.group_id = ANY (%(groups)s) AND held.begins_at <= %(at)s
  AND (held.ends_at IS NULL OR held.ends_at > %(at)s)
ORDER BY held.id
"""


@dataclass(frozen=True, slots=True)
class RightInForce:
    """A right whose period covers an instant; its times may not.

    Attributes:
        pk, group, who: of its row.
        profile: None: it holds at any time.
        profile_pk: the key of the profile.
    """

    pk: int
    group: int
    who: str
    profile: profiles.Profile | None = None
    profile_pk: int | None = None

    def holds(self, at: datetime) -> bool:
        """Whether its times cover an instant."""
        return self.profile is None or profiles.is_open(self.profile, at)


def rights_of(
    person_id: int, site_id: int, timezone: str, groups: Sequence[int], at: datetime
) -> tuple[RightInForce, ...]:
    """Return the rights of a person at groups of doors whose period covers an instant."""
    values: dict[str, Any] = {
        "person": person_id,
        "site": site_id,
        "day": clock.local(at, timezone).date(),
        "groups": list(groups),
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, values)
        rows = cursor.fetchall()
    return tuple(_right(row, timezone) for row in rows)


def rights_of_visit(visit_id: int, groups: Sequence[int], at: datetime) -> tuple[RightInForce, ...]:
    """Return the rights of a visit at groups of doors whose period covers an instant."""
    lasting = Q(ends_at=None) | Q(ends_at__gt=at)
    rows = Right.objects.filter(lasting, visit=visit_id, group__in=groups, begins_at__lte=at)
    found = rows.order_by("pk").values_list("pk", "group", "who")
    return tuple(RightInForce(*each) for each in found)


def _right(row: Sequence[Any], timezone: str) -> RightInForce:
    pk, group, who, profile_pk, *stored = row
    profile = None if profile_pk is None else profiles.from_row(timezone, stored)
    return RightInForce(pk, group, who, profile, profile_pk)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a right lets a person go.

    Attributes:
        right: with its group, its times and its holder.
        doors: of the group, by name.
        holds: whether its times cover the instant.
    """

    right: Right
    doors: Sequence[Door]
    holds: bool


def reach_of(person: Person, at: datetime) -> list[Reach]:
    """Return the rights of a person whose period covers an instant, with their doors, by group."""
    site = person.site
    doors = Door.objects.in_use().order_by("name")
    groups = DoorGroup.objects.in_use().filter(site=site)
    found = {
        group.pk: list(group.doors_now)
        for group in groups.prefetch_related(Prefetch("doors", doors, "doors_now"))
    }
    held = {each.pk: each for each in rights_of(person.pk, site.pk, site.timezone, list(found), at)}
    rows = with_holders(Right.objects.filter(pk__in=held)).order_by("group__name", "pk")
    return [Reach(row, found[row.group_id], held[row.pk].holds(at)) for row in rows]


def doors_open_to(person: Person, at: datetime) -> list[Door]:
    """Return the doors that a person has a right at, at an instant, by code."""
    site = person.site
    links = Door.groups.through.objects.filter(door__site=site, door__ended_at=None)
    doors_of: dict[int, list[int]] = {}
    for door_id, group_id in links.values_list("door_id", "doorgroup_id"):
        doors_of.setdefault(group_id, []).append(door_id)
    rights = rights_of(person.pk, site.pk, site.timezone, list(doors_of), at)
    found = {door for right in rights if right.holds(at) for door in doors_of[right.group]}
    return list(Door.objects.filter(pk__in=found).order_by("code"))


def rights_at(door: Door) -> QuerySet[Right]:
    """Return all rights at a door that have not ended, with whom they are for."""
    lasting = Q(ends_at=None) | Q(ends_at__gt=clock.now())
    rows = with_holders(Right.objects.filter(lasting, group__doors=door).distinct())
    return rows.order_by("who", "pk")


def with_holders(rows: QuerySet[Right]) -> QuerySet[Right]:
    """Return rights with whom they are for, their times and their groups."""
    named = ("person", "unit__building", "building", "company", "role", "visit", "profile", "group")
    return rows.select_related(*named).defer("building__outline", "unit__building__outline")


def holders_of(right: Right, at: datetime) -> QuerySet[Person]:
    """Return the people who hold a right by the occupancies and roles of an instant."""
    day = clock.local(at, right.site.timezone).date()
    people = Person.objects.filter(site=right.site_id, erased_at=None)
    if right.who == Right.Who.PERSON:
        return people.filter(door_rights=right)
    if right.who == Right.Who.VISIT:
        return people.none()
    if right.who == Right.Who.ROLE:
        return people.filter(pk__in=_with_role(right))
    living = _living(right.site, day)
    if right.who == Right.Who.HOUSEHOLD:
        living = living.filter(unit=right.unit_id)
    elif right.who == Right.Who.BUILDING:
        living = living.filter(unit__building=right.building_id)
    elif right.who == Right.Who.COMPANY:
        held = Occupancy.objects.filter(on_day(day), company=right.company_id).exclude(unit=None)
        living = living.filter(role=Occupancy.Role.WORKER, unit__in=held.values("unit"))
    return people.filter(pk__in=living.values("person"))


def _living(site: Site, day: date) -> QuerySet[Occupancy]:
    """Return the occupancies of people who live or work in units on a day."""
    then = Occupancy.objects.filter(on_day(day), site=site)
    let = then.filter(role=Occupancy.Role.TENANT).exclude(unit=None).values("unit")
    living = then.exclude(person=None).exclude(unit=None)
    return living.exclude(role=Occupancy.Role.OWNER, unit__in=let)


def _with_role(right: Right) -> QuerySet[Binding, int]:
    users = Membership.objects.filter(site=right.site_id, role=right.role_id).values("user")
    bound = Binding.objects.filter(site=right.site_id, state=Binding.State.APPROVED, user__in=users)
    return bound.values_list("person", flat=True)


def people_admitted(door: Door, at: datetime, among: Collection[int] = ()) -> set[int]:
    """Return the keys of the people who have a right at a door in any of its times.

    Args:
        among: only these; everybody if empty.
    """
    found: set[int] = set()
    for right in rights_at(door).filter(begins_at__lte=at).select_related("site"):
        holders = holders_of(right, at)
        holders = holders.filter(pk__in=among) if among else holders
        found |= set(holders.values_list("pk", flat=True))
    return found
