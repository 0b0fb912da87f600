"""From a stay to an amount: the tariff engine, asked with what the site knows of the car."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from access.selectors import known_plates
from access.sight import Known
from parking import pricing
from parking.models import Stay, Tariff

_COVERING = ("allow", "resident")


@dataclass(frozen=True)
class Due:
    """What a stay costs at an instant.

    Attributes:
        price: of the whole stay, in minor units of ``currency``.
        paid: so far.
        due: what is still to pay.
        lines: the price's lines as ``pricing.Line.as_dict`` gives them.
        tariff: its code and version, empty where none applies.
        leave_by: until when a payment in full lets the car out without paying more.
        covered: the car's leave covers the whole stay.
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


def due_at(stay: Stay, at: datetime) -> Due:
    """Return what the stay costs if the car leaves at that instant, and what of it is unpaid."""
    at = max(at, stay.entered_at)
    payments = list(stay.payments.order_by("at"))
    paid = sum(payment.amount for payment in payments)
    if stay.status == Stay.Status.CLOSED or stay.tariff is None:
        return _fixed(stay, at, paid)
    covered_until, billed_until = _cover(stay, at, known_plates(stay.site_id, stay.plate))
    if billed_until <= (covered_until or stay.entered_at):
        return _nothing(stay, at, paid, covered=True)
    found = pricing.due(
        compiled(stay.tariff, with_free=not stay.free_used),
        stay.entered_at,
        billed_until,
        [pricing.Payment(p.at, p.amount, p.quoted_at) for p in payments],
        covered_until=covered_until,
        vehicle=stay.vehicle,
    )
    lines = [line.as_dict() for line in found.quote.lines]
    return Due(
        at=at,
        price=found.quote.amount,
        paid=paid,
        due=found.amount,
        currency=stay.currency,
        lines=lines,
        tariff=str(stay.tariff),
        leave_by=found.leave_by,
        covered=False,
    )


def compiled(tariff: Tariff, *, with_free: bool = True) -> pricing.Tariff:
    """Return the engine's form of a tariff; without its free minutes for a car just back."""
    document = dict(tariff.document)
    if not with_free:
        document.pop("free", None)
    return _compiled(json.dumps(document, sort_keys=True))


@lru_cache(maxsize=256)
def _compiled(text: str) -> pricing.Tariff:
    return pricing.parse_tariff(json.loads(text))


def _cover(stay: Stay, at: datetime, known: Sequence[Known]) -> tuple[datetime | None, datetime]:
    """Return until when the stay was covered from its entry, and until when it is billed."""
    leaves = [k for k in known if k.kind in _COVERING and k.plate == stay.plate]
    ends = [k.ends_at or at for k in leaves if k.holds(stay.entered_at)]
    if stay.visitor_pass_id and stay.covered_until:
        ends.append(stay.covered_until)
    begins = [k.begins_at for k in leaves if k.holds(at)]
    billed_until = min([at, *(max(begin, stay.entered_at) for begin in begins)])
    return max(ends, default=None), billed_until


def _fixed(stay: Stay, at: datetime, paid: int) -> Due:
    """What a stay costs whose price is settled: it has left, or its entry was never seen."""
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
        covered=False,
    )


def _nothing(stay: Stay, at: datetime, paid: int, *, covered: bool) -> Due:
    return Due(at, 0, paid, 0, stay.currency, [], str(stay.tariff), None, covered)
