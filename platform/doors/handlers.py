"""Handle events: a person's cards end with the last occupancy."""

from core.events import subscribe
from doors.services import end_cards_of
from people.events import LastOccupancyEnded
from people.models import Person


def register() -> None:
    """Subscribe to the end of occupancies."""
    subscribe(LastOccupancyEnded, _on_last_occupancy_ended)


def _on_last_occupancy_ended(event: LastOccupancyEnded) -> None:
    if event.person_id is not None:
        person = Person.objects.select_related("site").get(pk=event.person_id)
        end_cards_of(person, event.actor, event.at)
