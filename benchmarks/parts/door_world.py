"""A site with many rights at doors: people in households, their cards, visitors, and readers."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, cycle, islice
from typing import Any

SITE = "bench"
# Of the rights, so many belong to a person; the others to the household.
OWN_RIGHTS, HOUSEHOLD_RIGHTS, PEOPLE_OF_HOUSEHOLD = 4, 2, 2
FIRST_CARD = 10_001
BATCH = 5_000


class World:
    """A site with so many rights: people in households, their cards, and doors with readers.

    Attributes:
        readers: the code of the reader at each door.
        cards: the number of each person's card.
    """

    def __init__(self, rights: int, doors: int) -> None:
        from estate.services import connect_device
        from tests.factories import DoorFactory, DoorGroupFactory, ReaderFactory, SiteFactory

        self.site = SiteFactory(slug=SITE)
        self.groups = [DoorGroupFactory(site=self.site) for _number in range(doors)]
        self.readers = []
        for number, group in enumerate(self.groups):
            group.doors.add(door := DoorFactory(site=self.site, type="people_gate"))
            reader = ReaderFactory(site=self.site, code=f"reader-{number}")
            connect_device(door, reader, "bench")
            self.readers.append(reader.code)
        of_household = OWN_RIGHTS * PEOPLE_OF_HOUSEHOLD + HOUSEHOLD_RIGHTS
        self._register(max(1, rights // of_household))

    def _register(self, households: int) -> None:
        """Insert people who live in units, with a card each and all the rights."""
        from doors.models import Card, Right
        from estate.models import Unit
        from people.models import Occupancy, Person
        from tests.factories import BuildingFactory

        site, building = self.site, BuildingFactory(site=self.site)
        codes = [f"{n:05d}" for n in range(households)]
        units = _insert(Unit(building=building, code=code) for code in codes)
        names = (f"Resident {n}" for n in range(households * PEOPLE_OF_HOUSEHOLD))
        people = _insert(Person(site=site, name=name) for name in names)
        homes = list(zip(people, cycle(units), strict=False))
        since = datetime.now(UTC) - timedelta(days=30)
        lives = {"site": site, "role": "tenant", "begins_on": since.date()}
        _insert(Occupancy(person=person, unit=unit, **lives) for person, unit in homes)
        numbers = count(FIRST_CARD)
        self.cards = [next(numbers) for _person in people]
        own = zip(people, self.cards, strict=True)
        card = {"site": site, "state_at": since, "issued_at": since, "begins_on": since.date()}
        _insert(Card(person=who, number=number, **card) for who, number in own)
        held = {"site": site, "begins_at": since, "granted_by": "bench"}
        groups = cycle(self.groups)
        _insert(
            Right(**held, group=group, who="person", person=who, origin="hand", reason="bench")
            for who in people
            for group in islice(groups, OWN_RIGHTS)
        )
        _insert(
            Right(**held, group=group, who="household", unit=unit, origin="occupancy")
            for unit in units
            for group in islice(groups, HOUSEHOLD_RIGHTS)
        )
        self.rights = Right.objects.count()

    def residents(self) -> Iterator[tuple[str, str]]:
        """Yield cards, each with a reader at whose door its holder has a right."""
        places = len(self.readers)
        for n, number in enumerate(self.cards):
            yield self.readers[n * OWN_RIGHTS % places], str(number)

    def visitors(self, number: int) -> list[tuple[str, str]]:
        """Register so many visitors; return their codes, each with a reader."""
        from doors.visits import services
        from tests.gate import staff

        found = []
        guard, ends_at = staff(), datetime.now(UTC) + timedelta(hours=8)
        places = cycle(zip(self.readers, self.groups, strict=True))
        for n, (reader, group) in zip(range(number), places, strict=False):
            values = {"visitor_name": f"Visitor {n}", "ends_at": ends_at, "groups": [group]}
            visit = services.issue_at_desk(self.site, guard, **values)
            found.append((reader, services.code_of(visit)))
        return found

    def open_everywhere(self) -> tuple[Any, str]:
        """Register a person who may pass every door; returns the card and its number."""
        from doors import granting, services
        from doors.granting import Holder
        from tests.factories import PersonFactory

        person = PersonFactory(site=self.site)
        number = FIRST_CARD + len(self.cards)
        card = services.issue_card(self.site, "bench", person=person, number=number)
        for group in self.groups:
            granting.grant(group, "bench", Holder(person=person), reason="bench")
        return card, str(number)


def _insert(rows: Iterable[Any]) -> list[Any]:
    """Insert rows of one table; return them with their keys."""
    made = list(rows)
    return type(made[0]).objects.bulk_create(made, batch_size=BATCH)
