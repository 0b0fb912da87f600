"""Which stays of a recomputed timeline use the entries of the plate's visitor passes.

A pass covers a stay that begins within its window, or that it begins in; the stays use its entries
by time of entry, whatever the order in which they became known. A pass that was issued after a car
had left never covers that stay, so a pass for a second visit is not used up by the first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from access import permits
from access.context import PlateRecord
from access.models import VisitorPass
from access.selectors import plate_records
from parking.charging import cover_end
from parking.models import Stay


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay as a visitor pass sees it.

    Attributes:
        gone_at: when the car left the lane; None while it is inside.
        row: the stored stay, if there is one.
    """

    plate: str
    entered_at: datetime
    gone_at: datetime | None
    row: Stay | None


def assign_passes(
    site_id: int, visits: Sequence[Visit], rows: Sequence[Stay], now: datetime
) -> list[VisitorPass | None]:
    """Return the visitor pass that each visit uses an entry of.

    Args:
        site_id: of the passes.
        visits: of the plates whose timelines are recomputed.
        rows: the stored stays of those plates, whose entries may be used again.
        now: until when a car inside is covered.
    """
    plates = {visit.plate for visit in visits} | {row.plate for row in rows}
    passes = list(
        VisitorPass.objects.filter(site=site_id, plate__in=plates, state="approved")
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    chosen: list[VisitorPass | None] = [None] * len(visits)
    if not passes:
        return chosen
    held = Counter(row.visitor_pass_id for row in rows)
    left = {each.pk: _entries_left(each) + held[each.pk] for each in passes}
    for place in sorted(range(len(visits)), key=lambda n: visits[n].entered_at):
        fits = [each for each in passes if left[each.pk] > 0]
        found = chosen[place] = _choose(visits[place], fits, now)
        if found is not None:
            left[found.pk] -= 1
    return chosen


def _entries_left(visitor_pass: VisitorPass) -> int:
    """Return how many entries cars may still use: one that is used on foot is the car's, too."""
    used = visitor_pass.entries_used - visitor_pass.is_on_foot
    return visitor_pass.entries_allowed - used


def permit_at_entry(site_id: int, plate: str, at: datetime) -> PlateRecord | None:
    """Return the permit, other than a pass, that admits the plate at that instant."""
    exact = [each for each in plate_records(site_id, plate) if each.plate == plate]
    others = [each for each in exact if each.kind != "visitor"]
    return permits.first_permit_in_force(others, at)


def cover_by_pass(stay: Stay, visitor_pass: VisitorPass) -> bool:
    """Use an entry of the pass for the stay; the caller saves the stay."""
    if not permits.use_entry(visitor_pass.pk):
        return False
    stay.cover, stay.visitor_pass = Stay.Cover.VISITOR, visitor_pass
    begins_inside = visitor_pass.begins_at > stay.entered_at
    stay.covered_from = visitor_pass.begins_at if begins_inside else None
    stay.covered_until = cover_end(stay, _record(visitor_pass))
    return True


def uncover(stay: Stay) -> None:
    """Return the entry of the visitor pass that the stay used; the caller saves the stay."""
    if stay.visitor_pass_id:
        permits.return_entry(stay.visitor_pass_id)
    stay.cover, stay.visitor_pass = Stay.Cover.NONE, None
    stay.covered_from = stay.covered_until = None


def _choose(visit: Visit, passes: Iterable[VisitorPass], now: datetime) -> VisitorPass | None:
    until = visit.gone_at or now
    fits = [each for each in passes if each.plate == visit.plate and _is_in_time(visit, each)]
    if visit.row is not None and visit.row.tariff_id is None:
        until = visit.entered_at  # a stay that is free needs no cover
    begun = [p for p in fits if p.begins_at <= visit.entered_at or p.begins_at < until]
    found = min(begun, key=lambda each: (each.begins_at, each.pk), default=None)
    if found is None:
        return None
    permit = permit_at_entry(found.site_id, visit.plate, visit.entered_at)
    is_covered = permit is not None and (permit.ends_at is None or permit.ends_at >= until)
    return None if is_covered else found


def _is_in_time(visit: Visit, visitor_pass: VisitorPass) -> bool:
    """Whether the pass was valid after the entry, and known before the car had left."""
    is_own = visit.row is not None and visit.row.visitor_pass_id == visitor_pass.pk
    if visitor_pass.ends_at <= visit.entered_at or (visitor_pass.cancelled_at and not is_own):
        return False
    issued_at = visitor_pass.issued_at
    return visit.gone_at is None or issued_at is None or issued_at <= visit.gone_at


def _record(visitor_pass: VisitorPass) -> PlateRecord:
    return PlateRecord(
        "visitor",
        visitor_pass.pk,
        visitor_pass.plate,
        visitor_pass.begins_at,
        visitor_pass.ends_at,
        visitor_pass.free_minutes,
    )
