"""Fees of a month that no meter measures: by area, fixed, shared, and the rent of leases."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from core.currencies import exponent
from fees.assessment.facts import CostPart, Facts, UnitFacts
from fees.assessment.results import JsonLine, Omitted, Payer
from fees.assessment.shares import NotCharged, Paying, Share, number, payers_on, shares_of
from fees.models import FeeItem, FeePrice, Lease
from fees.rules.amounts import Line
from fees.rules.parts import Dated, Days, clipped, divided, priced, within

_Lines = Iterator[tuple[Days[Paying], Line, JsonLine]]


def monthly_shares(
    facts: Facts, item: FeeItem, unit: UnitFacts, days: Sequence[Days[bool]]
) -> list[Share]:
    """Return what each payer owes of a unit's fee.

    Raises:
        NotCharged: the area is not known, or no price applies on some of the days.
    """
    if item.method == FeeItem.Method.LEASE:
        return shares_of([each for part in days for each in _rents(facts, item, unit, part)])
    if item.method == FeeItem.Method.SHARED:
        return shares_of(list(_part_of_cost(facts, item, unit, days)))
    quantity = _quantity(item, unit)
    return shares_of(
        [each for part in days for each in _by_price(facts, item, unit, quantity, part)]
    )


def price_days(facts: Facts, item: FeeItem, days: Days[bool]) -> list[Days[FeePrice]]:
    """Return the prices that apply on days.

    Raises:
        NotCharged: on some of them, none does.
    """
    rows: list[Dated[FeePrice]] = [
        (each.begins_on, each.ends_on, each) for each in facts.prices.get(item.pk, ())
    ]
    found = clipped(rows, days.begins_on, days.ends_on)
    if sum(each.number for each in found) < days.number:
        raise NotCharged(Omitted.NO_PRICE)
    return found


def _quantity(item: FeeItem, unit: UnitFacts) -> Decimal:
    if item.method == FeeItem.Method.FIXED:
        return Decimal(1)
    usable = item.basis == FeeItem.Basis.USABLE
    area = unit.usable_area if usable else unit.built_up_area
    if area is None:
        raise NotCharged(Omitted.NO_AREA)
    return area


def _by_price(
    facts: Facts, item: FeeItem, unit: UnitFacts, quantity: Decimal, days: Days[bool]
) -> _Lines:
    payers = payers_on(facts, item, unit, days)
    for each in price_days(facts, item, days):
        price = Days(each.begins_on, each.ends_on, each.value.price or Decimal(0))
        mine = within(payers, each)
        lines = priced(quantity, price, mine, exponent(item.currency))
        yield from ((payer, line, {}) for payer, line in zip(mine, lines, strict=True))


def _part_of_cost(
    facts: Facts, item: FeeItem, unit: UnitFacts, days: Sequence[Days[bool]]
) -> _Lines:
    """Yield the lines of a unit's part of shared costs, which its payers divide by days."""
    payers = [each for part in days for each in payers_on(facts, item, unit, part)]
    parts = facts.parts[item.pk, unit.pk]
    amount, explained = sum(each.amount for each in parts), {"costs": list(map(_shown, parts))}
    price = Decimal(amount).scaleb(-exponent(item.currency))
    lines = divided(amount, price, payers)
    yield from ((payer, line, explained) for payer, line in zip(payers, lines, strict=True))


def _shown(part: CostPart) -> JsonLine:
    return {
        "total": part.total,
        "share": part.amount,
        "key": part.key,
        "weight": number(part.weight),
        "weights": number(part.weights),
    }


def _rents(facts: Facts, item: FeeItem, unit: UnitFacts, days: Days[bool]) -> _Lines:
    for lease in facts.leases[item.pk, unit.pk]:
        steps = [(step.begins_on, step.rent) for step in lease.steps.all()]
        rows: list[Dated[None]] = [(lease.begins_on, lease.ends_on, None)]
        for let in clipped(rows, days.begins_on, days.ends_on):
            yield from rent_lines(lease, steps, let)


def rent_lines(lease: Lease, steps: Sequence[tuple[date, int]], days: Days[None]) -> _Lines:
    """Yield the lines of a lease for days of one month: one for each rent.

    Args:
        steps: each monthly rent in minor units with its first day.
    """
    decimals = exponent(lease.item.currency)
    dated = sorted(steps)
    ends = [begins_on for begins_on, _rent in dated[1:]]
    rows: list[Dated[Decimal]] = [
        (begins_on, end, Decimal(rent).scaleb(-decimals))
        for (begins_on, rent), end in zip(dated, [*ends, None], strict=True)
    ]
    for rent in clipped(rows, days.begins_on, days.ends_on):
        paying = Days(rent.begins_on, rent.ends_on, Paying(tenant_of(lease), lease.begins_on))
        (line,) = priced(Decimal(1), rent, [paying], decimals)
        yield paying, line, {"lease": lease.number or str(lease.pk)}


def tenant_of(lease: Lease) -> Payer:
    """Return who pays the rent of a lease."""
    if lease.person_id is not None:
        return "person", str(lease.person_id)
    return "company", str(lease.company_id)
