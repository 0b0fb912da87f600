"""The price of a stay: the tariff engine, applied to what no permit covers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import pricing
from access.context import PlateRecord
from access.selectors import plate_records
from billing.selectors import Received
from parking.charges import received_for
from parking.models import Stay, Tariff

Span = tuple[datetime, datetime]
_COVERING = ("allow", "resident")


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

    Time that a permit covers is not billed. Of several spans without cover, those that are over
    have a fixed price, which payments count towards first; the last span is still running.

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
    spans = _uncovered(
        stay, at, plate_records(stay.site_id, stay.plate) if records is None else records
    )
    if not spans:
        return _settled(stay, at, paid, covered=True)
    *over, (begins, ends) = spans
    tariff = compiled(stay.tariff, with_free=not stay.free_used)
    before = [_price(tariff, stay, *span) for span in over]
    past = sum(quote.amount for quote in before)
    found = pricing.due(
        tariff,
        stay.entered_at,
        ends,
        _beyond(past, payments, ends),
        covered_until=begins,
        vehicle=stay.vehicle,
    )
    return Due(
        at=at,
        price=past + found.charged.amount,
        paid=paid,
        due=max(0, past - paid) + found.amount,
        currency=stay.currency,
        lines=[line.as_dict() for quote in (*before, found.charged) for line in quote.lines],
        tariff=str(stay.tariff),
        leave_by=found.leave_by if paid >= past else None,
        covered=False,
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


def _uncovered(stay: Stay, at: datetime, records: Sequence[PlateRecord]) -> list[Span]:
    """Return the spans of the stay until that instant that no permit covers, in order."""
    leaves = [k for k in records if k.kind in _COVERING and k.plate == stay.plate]
    covers = [(k.begins_at, k.ends_at or at) for k in leaves]
    if stay.visitor_pass_id and stay.covered_until:
        covers.append((stay.entered_at, stay.covered_until))
    spans, reached, covered = [], stay.entered_at, False
    for begins, ends in sorted(covers):
        if ends <= reached or begins >= at:
            continue
        if begins > reached:
            spans.append((reached, begins))
        reached, covered = ends, True
    if reached < at or not covered:
        spans.append((reached, at))
    return spans


def _price(tariff: pricing.Tariff, stay: Stay, begins: datetime, ends: datetime) -> pricing.Quote:
    return pricing.price(tariff, stay.entered_at, ends, covered_until=begins, vehicle=stay.vehicle)


def _beyond(past: int, payments: Sequence[Received], ends: datetime) -> list[pricing.Payment]:
    """Return the payments less what pays the past spans, with quotes no later than the end."""
    left = []
    for payment in payments:
        amount = max(0, payment.amount - past)
        past = max(0, past - payment.amount)
        left.append(pricing.Payment(payment.paid_at, amount, min(payment.quoted_at, ends)))
    return left


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
