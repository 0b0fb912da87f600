"""A payer's share of a unit's fee: from lines to an assessment with discounts and VAT."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from fees.assessment.facts import Facts, Granted, UnitFacts
from fees.assessment.results import Assessment, JsonLine, Omitted, Payer, source_id_of
from fees.models import Discount, FeeItem
from fees.rules import vat
from fees.rules.amounts import Line
from fees.rules.months import first_after, first_of_next
from fees.rules.parts import Dated, Days, clipped, discounted, filled, within

_HUNDRED = Decimal(100)
_REASONS = {Discount.Kind.VACANT: Omitted.VACANT, Discount.Kind.GIFT: Omitted.GIFT}


class NotCharged(Exception):  # noqa: N818 - an expected outcome, which says why
    """A unit whose fee cannot be worked out, or is nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Paying(NamedTuple):
    """Who pays, and since when; nobody where the payer is None."""

    payer: Payer | None
    since: date


@dataclass
class Share:
    """What one payer owes.

    Attributes:
        lines: with what explains each, as plain JSON.
    """

    payer: Payer | None
    begins_on: date
    ends_on: date
    lines: list[tuple[Line, JsonLine]] = field(default_factory=list)


def payers_on(facts: Facts, item: FeeItem, unit: UnitFacts, days: Days[Any]) -> list[Days[Paying]]:
    """Return who pays on which of the days; a payer of this fee comes before that of all fees."""
    own = _paying(facts.payers.get((unit.pk, item.code), ()), days)
    rest = _paying(facts.payers.get((unit.pk, ""), ()), days)
    if own and rest:
        gaps = list(filled(own, days.begins_on, days.ends_on, _nobody(days)))
        free = [each for each in gaps if each.value.payer is None]
        own += [part for gap in free for part in within(rest, gap)]
        own.sort(key=lambda each: each.begins_on)
    found = own or rest
    return list(filled(found, days.begins_on, days.ends_on, _nobody(days)))


def shares_of(lines: Sequence[tuple[Days[Paying], Line, JsonLine]]) -> list[Share]:
    """Return the payers' shares in the order in which they begin."""
    found: dict[Payer | None, Share] = {}
    for days, line, extra in lines:
        payer = days.value.payer
        share = found.setdefault(payer, Share(payer, days.begins_on, days.ends_on))
        share.begins_on = min(share.begins_on, days.begins_on)
        share.ends_on = max(share.ends_on, days.ends_on)
        share.lines.append((line, extra))
    return sorted(found.values(), key=lambda share: (share.payer is None, share.begins_on))


def assessed(
    facts: Facts, item: FeeItem, unit: UnitFacts, share: Share, *, is_first: bool
) -> Assessment:
    """Return the assessment of a share.

    Args:
        is_first: of the month's payers; the periods of the others name their first day.
    """
    lines, reason = _explained(facts, item, unit, share)
    amount = sum(each["amount"] for each in lines)
    if share.payer is None:
        reason = Omitted.NO_PAYER
    return Assessment(
        item=item,
        unit_id=unit.pk,
        period=_period(facts, item, unit, share, is_first=is_first),
        payer=share.payer,
        amount=amount,
        vat_rate=facts.vat_rate(item),
        vat_amount=sum(each["vat"] for each in lines),
        lines=lines,
        begins_on=share.begins_on,
        ends_on=share.ends_on,
        due_on=due_day(item, facts.month),
        omitted=reason if share.payer is None or not amount else "",
    )


def _period(facts: Facts, item: FeeItem, unit: UnitFacts, share: Share, *, is_first: bool) -> str:
    """Return the period of a charge: one that was credited whole is charged under a new one."""
    period = share.begins_on.isoformat()[: 7 if is_first else 10]
    again = facts.credited[source_id_of(item, unit.pk)] if facts.credited else 0
    return f"{period}.{again + 1}" if again else period


def omitted(facts: Facts, item: FeeItem, unit: UnitFacts, reason: str) -> Assessment:
    """Return the assessment of a unit that is not charged, and why."""
    due_on = due_day(item, facts.month)
    month = f"{facts.month:%Y-%m}"
    amounts = (0, facts.vat_rate(item), 0)
    return Assessment(
        item, unit.pk, month, None, *amounts, [], facts.month, facts.ends_on, due_on, reason
    )


@lru_cache(maxsize=1024)
def due_day(item: FeeItem, month: date) -> date:
    """Return when a month's fee is due; the 31st is the last day of any month."""
    first = first_after(month, item.due_months)
    return min(first + timedelta(days=item.due_day - 1), first_of_next(first) - timedelta(days=1))


def number(value: Decimal) -> str:
    """Return a number as text, without zeros at its end."""
    return f"{value.normalize():f}"


def _explained(
    facts: Facts, item: FeeItem, unit: UnitFacts, share: Share
) -> tuple[list[JsonLine], str]:
    """Return the lines with their discounts, and the reason if they come to nothing."""
    found, reason = [], str(Omitted.NOTHING)
    granted, rate = _granted(facts, item, unit), facts.vat_rate(item)
    for line, extra in share.lines:
        found.append(_line(item, line, extra, rate))
        best = _best_discount(facts, unit, line, granted) if granted else None
        if best is not None:
            found.append(_discount_line(item, line, *best, rate))
            reason = _REASONS.get(Discount.Kind(best[0].kind), Omitted.NOTHING)
    return found, reason


def _line(item: FeeItem, line: Line, extra: JsonLine, rate: Decimal) -> JsonLine:
    shown: JsonLine = {
        "item": item.code,
        "title": item.title,
        "title_zh": item.title_zh,
        "method": item.method,
        "quantity": number(line.quantity),
        "price": number(line.price),
        "amount": line.amount,
        "vat": _vat(rate, line.amount),
    }
    if line.begins_on is not None and line.ends_on is not None:
        shown |= {"from": line.begins_on.isoformat(), "to": line.ends_on.isoformat()}
        shown |= {"days": line.days, "of_days": line.of_days}
    if line.tier is not None:
        shown["tier"] = line.tier + 1
    return shown | extra


def _discount_line(
    item: FeeItem, line: Line, granted: Granted, days: int, off: int, rate: Decimal
) -> JsonLine:
    return {
        "item": item.code,
        "discount": granted.kind,
        "percent": number(granted.percent),
        "of": line.amount,
        "days": days,
        "of_days": line.days,
        "amount": -off,
        "vat": _vat(rate, -off),
    }


def _vat(rate: Decimal, amount: int) -> int:
    return vat.split(amount, rate / _HUNDRED)[1] if rate else 0


def _granted(facts: Facts, item: FeeItem, unit: UnitFacts) -> list[Granted]:
    if not facts.discounts:
        return []
    found = [
        *facts.discounts.get((item.pk, unit.pk), ()),
        *facts.discounts.get((item.pk, None), ()),
    ]
    return [
        each
        for each in found
        if each.kind != Discount.Kind.AHEAD or facts.ahead >= max(each.months, 2)
    ]


def _best_discount(
    facts: Facts, unit: UnitFacts, line: Line, granted: Sequence[Granted]
) -> tuple[Granted, int, int] | None:
    """Return the discount that lowers a line most, for how many days and by how much."""
    if line.begins_on is None or line.ends_on is None:
        return None
    best = None
    for each in granted:
        days = sum(part.number for part in _discounted_days(facts, unit, line, each))
        if days:
            first = line.begins_on
            off = discounted(line, each.percent, Days(first, first + timedelta(days=days), None))
            if best is None or off > best[2]:
                best = (each, days, off)
    return best


def _discounted_days(
    facts: Facts, unit: UnitFacts, line: Line, granted: Granted
) -> Iterator[Days[bool]]:
    begins_on, ends_on = line.begins_on or facts.month, line.ends_on or facts.ends_on
    row: Dated[bool] = (granted.begins_on, granted.ends_on, True)
    for days in clipped([row], begins_on, ends_on):
        if granted.kind == Discount.Kind.VACANT:
            yield from clipped(facts.vacant.get(unit.pk, ()), days.begins_on, days.ends_on)
        else:
            yield days


def _paying(rows: Sequence[Dated[Payer]], days: Days[Any]) -> list[Days[Paying]]:
    dated: list[Dated[Paying]] = [
        (first, last, Paying(payer, first)) for first, last, payer in rows
    ]
    return clipped(dated, days.begins_on, days.ends_on)


def _nobody(days: Days[Any]) -> Paying:
    return Paying(None, days.begins_on)
