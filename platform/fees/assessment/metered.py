"""Metered fees: the consumption of a unit's meter points in a month, at one price or in tiers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core import clock
from core.currencies import exponent
from fees.assessment.facts import Facts, MeteredUntil, UnitFacts
from fees.assessment.monthly import price_days
from fees.assessment.results import JsonLine, Omitted, source_id_of
from fees.assessment.shares import (
    NotCharged,
    Paying,
    Share,
    number,
    payers_on,
    shares_of,
)
from fees.models import FeeItem, FeePrice
from fees.rules.amounts import Line
from fees.rules.metered import Mark, at_one_price, in_tiers_of_year, used_until
from fees.rules.months import PartOfMonth
from fees.rules.parts import Days, within
from fees.rules.tiers import stepped
from fees.selectors import tiers_of
from metering.models import MeterReading
from metering.usage import Consumption, ReadingSeries

_Lines = Iterator[tuple[Days[Paying], Line, JsonLine]]


@dataclass(frozen=True)
class _Metered:
    """The consumption of a month at one point.

    Attributes:
        marks: what was used until each reading's day.
        begin, end: the marks of the month's readings.
        explained: the readings, for the explanation.
    """

    marks: list[Mark]
    begin: Mark
    end: Mark
    explained: JsonLine


def metered_shares(
    facts: Facts, item: FeeItem, unit: UnitFacts, days: Sequence[Days[bool]]
) -> list[Share]:
    """Return what each payer owes of a unit's metered fee.

    Raises:
        NotCharged: the unit has no meter, a reading is missing or under review, or no price
            applies.
    """
    series = facts.series.get((unit.pk, item.utility))
    if not series:
        raise NotCharged(Omitted.NO_METER)
    payer = payers_on(facts, item, unit, days[0])[0].value.payer
    before = facts.metered_until.get(source_id_of(item, unit.pk))
    if before is not None and before.payer != payer:
        before = None
    measured = [_measured(facts, each, before) for each in series]
    return shares_of(
        [
            line
            for part in days
            for metered in measured
            for line in _of_days(facts, item, unit, part, metered)
        ]
    )


def _measured(facts: Facts, series: ReadingSeries | None, before: MeteredUntil | None) -> _Metered:
    """Return what was used at a point in the month, and what earlier charges left to settle.

    Args:
        before: up to which readings the payer was charged.
    """
    if series is None:
        raise NotCharged(Omitted.NO_READING)
    usage = series.between(facts.instant(facts.month), facts.instant(facts.ends_on))
    if usage.waiting:
        raise NotCharged(Omitted.IMPLAUSIBLE)
    if not usage.measured:
        raise NotCharged(Omitted.NO_READING)
    zone = facts.site.timezone
    pairs = [
        (reading.pk, Mark(clock.local(reading.at, zone).date(), used))
        for reading, used in series.cumulative()
    ]
    of_reading = dict(pairs)
    begin, end = of_reading[usage.first.reading.pk], of_reading[usage.last.reading.pk]
    carried = _carried(usage.first.reading, before)
    begin = Mark(begin.day, begin.used - carried)
    if end.used < begin.used:
        raise NotCharged(Omitted.OVERCHARGED)
    explained = _explained(usage) | ({"carried": number(carried)} if carried else {})
    return _Metered([mark for _pk, mark in pairs], begin, end, explained)


def _carried(first: MeterReading, before: MeteredUntil | None) -> Decimal:
    """Return the consumption between the reading that was charged last and the first one now.

    They differ where an estimate was corrected, or a reading came in, after the month before was
    charged; below zero where too much was charged. That is settled by later months as well, while
    consumption of a month that was left out is charged by a run of that month.
    """
    charged = before.ends.get(first.meter.serial) if before else None
    if before is None or charged is None or charged.pk == first.pk:
        return Decimal(0)
    carried = (first.value - charged.value) * first.meter.multiplier
    return carried if before.is_month_before else min(carried, Decimal(0))


def _of_days(
    facts: Facts, item: FeeItem, unit: UnitFacts, days: Days[bool], metered: _Metered
) -> _Lines:
    """Yield the lines of a point; what is used is divided by days where payer or price changes."""
    payers = payers_on(facts, item, unit, days)
    for price in price_days(facts, item, days):
        for payer in within(payers, price):
            low = _mark_at(facts, metered, payer.begins_on)
            high = _mark_at(facts, metered, payer.ends_on)
            for line in _lines(item, price.value, payer.value, metered, low, high):
                yield payer, _dated(line, payer), metered.explained


def _lines(
    item: FeeItem, price: FeePrice, payer: Paying, metered: _Metered, low: Mark, high: Mark
) -> list[Line]:
    decimals, used = exponent(item.currency), high.used - low.used
    if not price.tiers:
        return [at_one_price(used, price.price or Decimal(0), decimals)]
    if item.tier_cycle == FeeItem.TierCycle.MONTH:
        return stepped(Decimal(0), used, tiers_of(price), decimals)
    return in_tiers_of_year(
        low, high, metered.marks, tiers_of(price), decimals, counts_from=payer.since
    )


def _mark_at(facts: Facts, metered: _Metered, day: date) -> Mark:
    """Return the mark of a day: the month's own readings stand for its beginning and its end."""
    if day == facts.month:
        return metered.begin
    if day == facts.ends_on:
        return metered.end
    used = used_until(metered.marks, day)
    return Mark(day, min(max(used, metered.begin.used), metered.end.used))


def _dated(line: Line, days: Days[Paying]) -> Line:
    of_days = PartOfMonth(days.begins_on, days.ends_on).of_days
    return line._replace(
        begins_on=days.begins_on, ends_on=days.ends_on, days=days.number, of_days=of_days
    )


def _explained(usage: Consumption) -> JsonLine:
    """Return the readings of a consumption by meter."""
    return {
        "measure": usage.point.measure,
        "estimated": usage.estimated,
        "readings": [
            {
                "meter": part.meter.serial,
                "start": number(part.start.value),
                "start_id": part.start.pk,
                "end": number(part.end.value),
                "end_id": part.end.pk,
                "multiplier": number(part.meter.multiplier),
            }
            for part in usage.parts
        ],
    }
