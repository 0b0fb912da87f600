"""The cards of a person, as rights that end with the last occupancy."""

from collections.abc import Iterator
from datetime import datetime

from doors.selectors import opening_after
from people.models import Holder, Person
from people.ports import Right


def of_holder(holder: Holder, at: datetime) -> Iterator[Right]:
    """Yield the cards that would open doors after an instant."""
    if isinstance(holder, Person):
        for card in opening_after(holder, at):
            yield Right("card", card.pk, str(card))
