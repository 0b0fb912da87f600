"""The demo sites' cards: everyone has one, and one was lost."""

from core.models import Site, User
from doors import services
from doors.models import Card
from people.models import Person

FACILITY, FIRST_NUMBER = 87, 20_101


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
