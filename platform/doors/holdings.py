"""What this room holds of people: their cards."""

from collections.abc import Iterator

from django.db.models import F, QuerySet

from core import holdings
from core.holdings import Erased, Identity, Row
from doors.models import Card


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the person's cards."""
    cards = _cards(identity).annotate(card_number=F("number")).order_by("issued_at")
    fields = ("format", "facility", "card_number", "state", "issued_at", "begins_on", "ends_on")
    yield "cards", holdings.rows_of(cards, *fields)


def erase(identity: Identity) -> Erased:
    """Delete the person's cards: nothing refers to them."""
    return Erased(_cards(identity).delete()[0])


def _cards(identity: Identity) -> QuerySet[Card]:
    return Card.objects.filter(person=identity.person_id)


holdings.register(holdings.Part("doors", export, erase))
