"""The leave that a car comes in by: allow list, registration, visitor pass."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from access.context import Known
from access.models import Passage, VisitorPass
from access.selectors import known_plates

# In the order of the checks.
KINDS = ("allow", "resident", "visitor")


def take(passage: Passage) -> Known | None:
    """Return the leave by which a person lets the passage's plate in, as the checks would have.

    A visitor pass gives one of its entries for it.
    """
    known = known_plates(passage.site_id, passage.plate)
    exact = [each for each in known if each.plate == passage.plate]
    found = first_in_force(exact, passage.seen_at)
    if found is None or found.kind != "visitor":
        return found
    return found if use_entry(found.pk) else None


def first_in_force(known: Sequence[Known], at: datetime) -> Known | None:
    """Return the leave in force at that instant that comes first in the order of the checks."""
    of_kind = (each for kind in KINDS for each in known if each.kind == kind)
    return next((each for each in of_kind if each.holds(at)), None)


def use_entry(pass_id: int) -> bool:
    """Take an entry of a visitor pass; False where another lane took its last one just now."""
    passes = VisitorPass.objects.filter(pk=pass_id, cancelled_at=None)
    passes = passes.filter(entries_used__lt=F("entries_allowed"))
    return bool(passes.update(entries_used=F("entries_used") + 1))


def give_entry_back(pass_id: int) -> None:
    """Give a visitor pass back the entry of a car that did not come in by it after all."""
    passes = VisitorPass.objects.filter(pk=pass_id, entries_used__gt=0)
    passes.update(entries_used=F("entries_used") - 1)
