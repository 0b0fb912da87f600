"""The demo sites' credentials, time profiles and rights at doors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from core.models import Site, User
from doors import granting, services, time_profiles, tokens
from doors.granting import RESIDENTS, Holder
from doors.models import Card, Right
from estate.models import Building, DoorGroup
from people.models import Company, Person

FACILITY, FIRST_NUMBER = 87, 20_101
#: Who has a card whose number a face terminal reads, too.
PLAIN_CARDS = {"Anna Vogel": 3_062_114_785, "Sun Hao": 2_918_004_310}
PINS = ("Wang Lei", "Zhao Min", "Zhang Wei")
PRINTED_CODES = ("Chen Yu", "Zhang Min")
PHONES = ("Chen Jing", "Xu Mei")
_WORKDAYS = [{"days": [0, 1, 2, 3, 4, 5], "begins": "07:00", "ends": "19:30"}]
_HOUSES = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Shown:
    """What a person of the demo shows at doors, for the simulator."""

    person: Person
    pin: str = ""
    code: str = ""

    def as_entry(self) -> dict[str, str]:
        """Return the entry of the simulator's file."""
        cards = Card.objects.filter(person=self.person, state=Card.State.ACTIVE)
        card = cards.order_by("format", "pk").first()  # a plain number first, which all read
        found = {"id": str(self.person.pk), "card": str(card) if card else ""}
        return found | {"pin": self.pin, "code": self.code}


def issue_cards(site: Site, actor: User) -> None:
    """Issue a card to everyone who is registered, and report the first one lost."""
    people = Person.objects.filter(site=site).order_by("pk")
    cards = [
        services.issue_card(
            site,
            actor,
            person=person,
            format=Card.Format.WIEGAND_26,
            facility=FACILITY,
            number=number,
        )
        for number, person in enumerate(people, FIRST_NUMBER)
    ]
    services.report_lost(cards[0], actor)
    services.issue_card(site, actor, person=cards[0].person, number=9_048_211)


def open_doors(site: Site, actor: User) -> list[dict[str, str]]:
    """Grant the residents their rights, and issue PINs, codes and phones to some.

    Returns:
        Who passes the doors, for the simulator's file.
    """
    for name, number in PLAIN_CARDS.items():
        services.issue_card(site, actor, person=_person(site, name), number=number)
    granting.grant(_group(site, "courtyard"), actor, RESIDENTS, origin=Right.Origin.OCCUPANCY)
    for code in _HOUSES:
        building = Building.objects.get(site=site, code=code)
        holder = Holder(building=building)
        group = _group(site, f"house-{code}")
        granting.grant(group, actor, holder, origin=Right.Origin.OCCUPANCY)
    _grant_in_times(site, actor)
    return [each.as_entry() for each in _issue(site, actor)]


def open_offices(site: Site, actor: User) -> list[dict[str, str]]:
    """Let the staff of the companies with an office enter, on workdays.

    Returns:
        Who passes the doors, for the simulator's file.
    """
    hours = time_profiles.create_profile(site, actor, name=gettext("Workdays"), windows=_WORKDAYS)
    group, origin = _group(site, "offices"), Right.Origin.COMPANY
    for company in Company.objects.filter(site=site).order_by("pk"):
        granting.grant(group, actor, Holder(company=company), origin=origin, profile=hours)
    people = Person.objects.filter(site=site).order_by("pk")
    return [Shown(person).as_entry() for person in people]


def _grant_in_times(site: Site, actor: User) -> None:
    """Grant rights that hold at times of the week; not every device can hold these."""
    hours = time_profiles.create_profile(site, actor, name=gettext("Workdays"), windows=_WORKDAYS)
    by_hand: dict[str, Any] = {"origin": Right.Origin.HAND, "profile": hours}
    plumber, neighbour = _person(site, "Sun Hao"), _person(site, "Li Na")
    reason = gettext("Looks after the plumbing of the row")
    granting.grant(_group(site, "service"), actor, Holder(person=plumber), reason=reason, **by_hand)
    reason = gettext("Walks the dog of a neighbour")
    granting.grant(
        _group(site, "house-3"), actor, Holder(person=neighbour), reason=reason, **by_hand
    )


def _issue(site: Site, actor: User) -> Iterator[Shown]:
    for person in Person.objects.filter(site=site).order_by("pk"):
        pin = code = ""
        if _is_named(person, PINS):
            _token, pin = tokens.issue_pin(site, actor, person=person)
        if _is_named(person, PRINTED_CODES):
            printed = tokens.issue_code(site, actor, person=person, is_static=True)
            code = tokens.shown_code(printed, printed.issued_at)
        if _is_named(person, PHONES):
            tokens.issue_phone(site, actor, person=person)
        yield Shown(person, pin, code)


def _is_named(person: Person, names: tuple[str, ...]) -> bool:
    return person.name in {gettext(name) for name in names}


def _group(site: Site, code: str) -> DoorGroup:
    return DoorGroup.objects.get(site=site, code=code)


def _person(site: Site, name: str) -> Person:
    return Person.objects.get(site=site, name=gettext(name))
