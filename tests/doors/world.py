"""A card of a resident."""

from doors import services
from doors.models import Card
from tests.rooms import World


def issue_card(world: World) -> Card:
    """A card of the resident who rents the home."""
    return services.issue_card(world.site, "test", person=world.resident, number=34_567)


ROWS = {"card": issue_card}
