"""The price of a stay: the tariff engine, applied to what no permit covers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pricing
from access.context import PlateRecord
from access.selectors import plate_records
from billing.selectors import Received
from parking.charges import received_for
from parking.models import Stay, Tariff

Span = tuple[datetime, datetime]
# How long an amount that was shown is honoured.
QUOTE_HOLDS = timedelta(minutes=10)
_COVERING = ("allow", "resident")
_LONGEST = timedelta(days=pricing.MAX_STAY_DAYS)


@dataclass(frozen=True)
class Due:
    """What a stay costs at an instant.

    Attributes:
        price: of the whole stay, in minor units of ``currency``.
        paid: what was received so far.
        due: what is still to pay.
        lines: the price's lines, each as `pricing.Line.as_dict` returns it.
        tariff: its code and version; empty where none applies.
        leave_by: until when the car may leave after a payment in full without paying more.
        covered: permits cover the whole stay.
    """

    at: datetime
    price: int
    paid: int
    due: int
    currency: str
    lines: list[dict[str, Any]]
    tariff: str
    leave_by: datetime | None
    covered: bool


def due_at(
    stay: Stay,
    at: datetime,
    records: Sequence[PlateRecord] | None = None,
    payments: Sequence[Received] | None = None,
) -> Due:
    """Return what the stay costs if the car leaves at that instant, and what of it is unpaid.

    Time that a permit covers is not billed; the rest is priced as one stay (tariff.md, rule 12). A
    stay of more than ten years costs what ten years cost.

    Args:
        stay: the stay to price.
        at: when the car leaves.
        records: every record of the stay's plate, where the caller has read them already.
        payments: what was received for the stay, where the caller has read it already.
    """
    at = max(at, stay.entered_at)
    payments = received_for(stay) if payments is None else payments
    paid = sum(payment.amount for payment in payments)
    if stay.status != Stay.Status.OPEN or stay.tariff is None:
        return _settled(stay, at, paid)
    ends = min(at, stay.entered_at + _LONGEST)
    records = plate_records(stay.site_id, stay.plate) if records is None else records
    covered = _covered(stay, ends, records)
    if _is_covered(stay, ends, covered):
        return _settled(stay, at, paid, covered=True)
    found = _priced(stay, stay.tariff, ends, payments, covered)
    return Due(
        at=at,
        price=found.charged.amount,
        paid=paid,
        due=found.amount,
        currency=stay.currency,
        lines=[line.as_dict() for line in found.charged.lines],
        tariff=str(stay.tariff),
        leave_by=found.leave_by,
        covered=False,
    )


def _priced(
    stay: Stay, tariff: Tariff, ends: datetime, payments: Sequence[Received], covered: list[Span]
) -> pricing.Due:
    return pricing.due(
        compiled(tariff, with_free=not stay.free_used),
        stay.entered_at,
        ends,
        [pricing.Payment(k.paid_at, k.amount, min(k.quoted_at, ends)) for k in payments],
        covered=covered,
        vehicle=stay.vehicle,
    )


def compiled(tariff: Tariff, *, with_free: bool = True) -> pricing.Tariff:
    """Return the engine's form of a tariff, without free minutes for a car that re-entered."""
    document = dict(tariff.document)
    if not with_free:
        document.pop("free", None)
    return _compiled(json.dumps(document, sort_keys=True))


@lru_cache(maxsize=256)
def _compiled(text: str) -> pricing.Tariff:
    return pricing.parse_tariff(json.loads(text))


def _covered(stay: Stay, ends: datetime, records: Sequence[PlateRecord]) -> list[Span]:
    """Return the spans of the stay until that instant that permits cover, in order."""
    permits = [k for k in records if k.kind in _COVERING and k.plate == stay.plate]
    covers = [(k.begins_at, k.ends_at or ends) for k in permits]
    if stay.visitor_pass_id and stay.covered_until:
        covers.append((stay.covered_from or stay.entered_at, stay.covered_until))
    elif pending := pending_pass(stay, ends, records):
        covers.append((pending.begins_at, cover_end(stay, pending)))
    inside = [(max(begins, stay.entered_at), min(until, ends)) for begins, until in covers]
    return sorted((begins, until) for begins, until in inside if begins <= until)


def _is_covered(stay: Stay, ends: datetime, covered: list[Span]) -> bool:
    """Whether permits cover the whole stay until that instant."""
    reached = stay.entered_at
    for begins, until in covered:
        if begins > reached:
            return False
        reached = max(reached, until)
    return bool(covered) and reached >= ends


def pending_pass(stay: Stay, at: datetime, records: Sequence[PlateRecord]) -> PlateRecord | None:
    """Return a visitor pass that covers part of the stay until then, though not its entry.

    It was issued while the car was inside, or begins after its entry.
    """
    if stay.visitor_pass_id or stay.tariff_id is None:
        return None
    passes = [each for each in records if each.kind == "visitor" and each.plate == stay.plate]
    fits = [p for p in passes if p.begins_at < at and not p.has_ended(stay.entered_at)]
    return min(fits, key=lambda each: (each.begins_at, each.pk), default=None)


def cover_end(stay: Stay, visitor_pass: PlateRecord) -> datetime:
    """Return until when a visitor pass covers the stay: its free minutes run from its start."""
    begins = max(stay.entered_at, visitor_pass.begins_at)
    ends = visitor_pass.ends_at or datetime.max.replace(tzinfo=UTC)
    if not visitor_pass.free_minutes:
        return ends
    return min(ends, begins + timedelta(minutes=visitor_pass.free_minutes))


def _settled(stay: Stay, at: datetime, paid: int, *, covered: bool = False) -> Due:
    """Return what a stay with a fixed price costs.

    It has ended, its entry is unknown, or permits cover it. One that was superseded or undone has
    no price, so there is no claim for money (specification, "One open stay").
    """
    price = stay.price or 0
    return Due(
        at=at,
        price=price,
        paid=paid,
        due=max(0, price - paid),
        currency=stay.currency,
        lines=stay.lines,
        tariff=str(stay.tariff) if stay.tariff else "",
        leave_by=None,
        covered=covered,
    )
