"""Permits to enter: allow-list entries, residents' vehicles and visitor passes."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, IntegerField
from django.db.models.functions import Cast

from access.context import PlateRecord, first_in_force
from access.models import Passage, VisitorPass
from access.selectors import plate_records

# The kinds of record that admit a car, in the order of the checks.
KINDS = ("allow", "resident", "visitor")


def use_permit(passage: Passage) -> PlateRecord | None:
    """Return the permit under which a guard admits the car, chosen as the checks would.

    An entry of a visitor pass is used up.
    """
    records = plate_records(passage.site_id, passage.plate)
    exact = [record for record in records if record.plate == passage.plate]
    permit = first_permit_in_force(exact, passage.seen_at)
    if permit is None or permit.kind != "visitor":
        return permit
    return permit if use_entry(permit.pk) else None


def first_permit_in_force(records: Sequence[PlateRecord], at: datetime) -> PlateRecord | None:
    """Return the permit in force at that instant that comes first in the order of the checks."""
    found = (first_in_force(records, kind, at) for kind in KINDS)
    return next((permit for permit in found if permit is not None), None)


def use_entry(pass_id: int) -> bool:
    """Use one entry of a visitor pass; False if another lane has just used the last one.

    An entry that the visitor has just used on foot is the car's, too: they are the same visit.
    """
    passes = VisitorPass.objects.filter(pk=pass_id, state="approved", cancelled_at=None)
    on_foot = Cast("is_on_foot", IntegerField())
    passes = passes.filter(entries_used__lt=F("entries_allowed") + on_foot)
    return bool(
        passes.update(
            entries_used=F("entries_used") + 1 - on_foot,
            entries_on_foot=F("entries_on_foot") - on_foot,
            is_on_foot=False,
        )
    )


def return_entry(pass_id: int) -> None:
    """Return an entry to a visitor pass whose car did not come in after all."""
    passes = VisitorPass.objects.filter(pk=pass_id, entries_used__gt=F("entries_on_foot"))
    passes.update(entries_used=F("entries_used") - 1)
