"""What the search box finds of cards."""

from django.urls import reverse

from core.models import Site
from doors.selectors import with_number
from ui.sections import Hit


def find_cards(site: Site, text: str, most: int) -> list[Hit]:
    """Return the cards whose number is the text."""
    address = reverse("console:cards", args=[site.slug])
    return [
        Hit(str(card), address, card.person.name, "key") for card in with_number(site, text)[:most]
    ]
