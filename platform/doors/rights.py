"""What of a person ends with the last occupancy: cards, other credentials, rights by hand."""

from collections.abc import Iterator
from datetime import datetime

from doors.selectors import opening_after, rights_after, tokens_after
from people.models import Holder, Person
from people.ports import Right


def of_holder(holder: Holder, at: datetime) -> Iterator[Right]:
    """Yield what would open doors after an instant."""
    if isinstance(holder, Person):
        for card in opening_after(holder, at):
            yield Right("card", card.pk, str(card))
        for token in tokens_after(holder, at):
            yield Right("door_token", token.pk, str(token))
        for right in rights_after(holder, at):
            yield Right("door_right", right.pk, right.group.name)
