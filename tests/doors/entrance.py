"""An entrance to test with: a door with a reader that asks, and people with credentials."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from core import clock
from core.models import Site
from devices import inbound
from devices.models import Command, Device
from doors import granting, services, time_profiles
from doors.granting import Holder
from doors.models import DoorPassage, TimeProfile
from estate import services as estate
from estate.models import Door, DoorGroup, Zone
from people.models import Person
from tests.devices.messages import own, up
from tests.factories import (
    DoorFactory,
    DoorGroupFactory,
    PersonFactory,
    ReaderFactory,
    SiteFactory,
    ZoneFactory,
)

NEVER: list[dict[str, object]] = []
ALWAYS = [{"days": list(range(7)), "begins": "00:00", "ends": "24:00"}]
_numbers = count(10_001)


@dataclass
class Entrance:
    """A door of a group, its zone, and its reader; ``asks`` plays the reader's message."""

    site: Site
    door: Door
    group: DoorGroup
    zone: Zone
    reader: Device
    cards: dict[int, int] = field(default_factory=dict)

    @classmethod
    def build(cls, *, people_limit: int | None = None, **door: object) -> "Entrance":
        site = door.pop("site", None) or SiteFactory()
        passback = door.pop("passback", "off")
        zone = ZoneFactory(site=site, people_limit=people_limit)
        made = DoorFactory(site=site, zone=zone, **door)
        group = DoorGroupFactory(site=site, passback=passback)
        group.doors.add(made)
        reader = ReaderFactory(site=site)
        estate.connect_device(made, reader, "test")
        return cls(site, made, group, zone, reader)

    def resident(self, **right: object) -> Person:
        """A person with a card and a right at the door."""
        person = PersonFactory(site=self.site)
        self.card_of(person)
        granting.grant(self.group, "test", Holder(person=person), reason="moved in", **right)
        return person

    def card_of(self, person: Person) -> int:
        """The number of a new card of the person."""
        number = next(_numbers)
        services.issue_card(self.site, "test", person=person, number=number)
        self.cards[person.pk] = number
        return number

    def profile(self, windows: list[dict[str, object]]) -> TimeProfile:
        """A time profile of the site with these windows."""
        return time_profiles.create_profile(self.site, "test", name="Times", windows=windows)

    def asks(
        self,
        person: Person | None = None,
        *,
        means: str = "card",
        value: str = "",
        direction: str = "in",
        ago: timedelta = timedelta(),
        **more: object,
    ) -> DoorPassage:
        """The reader asks, by the person's card unless a value is given; returns the passage."""
        shown = value or str(self.cards[person.pk] if person else 0)
        now = clock.now()
        said = own(
            at=now - ago,
            type="credential",
            ask=True,
            means=means,
            value=shown,
            direction=direction,
            **more,
        )
        inbound.accept(up(self.reader), said, now)
        return DoorPassage.objects.filter(device=self.reader).latest("pk")

    def decides(self, person: Person | None = None, **more: object) -> str:
        """The rule by which the reader's question is decided."""
        return self.asks(person, **more).rule

    def answers(self) -> list[Command]:
        """What the reader was answered, in order."""
        return list(Command.objects.filter(device=self.reader).order_by("pk"))
