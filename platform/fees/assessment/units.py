"""Assess the fees of units for a month."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from core.models import Site
from fees.assessment.facts import Facts, UnitFacts, load_facts
from fees.assessment.metered import metered_shares
from fees.assessment.monthly import monthly_shares
from fees.assessment.results import Assessment, Omitted, Payer, source_id_of
from fees.assessment.shares import NotCharged, Share, assessed, omitted, payers_on
from fees.models import FeeAssignment, FeeItem
from fees.rules.parts import Days, clipped, outside

_CHARGED, _EXEMPT = FeeAssignment.Kind.CHARGED, FeeAssignment.Kind.EXEMPT


def assess(
    site: Site,
    items: Sequence[FeeItem],
    month: date,
    unit_ids: Collection[int],
    *,
    ahead: int = 1,
    again: bool = False,
) -> list[Assessment]:
    """Work out what units owe for a month, with a few queries for all of them.

    Args:
        items: those of `FeeItem.MONTHLY`; others are entered one by one.
        month: its first day.
        unit_ids: of the site; a few thousand at most, since their facts are held in memory.
        ahead: how many months are charged at once, for the discounts on months paid ahead.
        again: work out what is charged already a second time, as a correction does.

    Returns:
        By unit and item: one for each payer, or one that says why nothing is charged. A unit that
        an item isn't charged to has none.
    """
    facts = load_facts(site, items, month, unit_ids, ahead)
    if again:
        facts.charged.clear()
        facts.credited.clear()
    return [each for unit in facts.units for item in items for each in _of_unit(facts, item, unit)]


def _of_unit(facts: Facts, item: FeeItem, unit: UnitFacts) -> Iterator[Assessment]:
    if item.uses and unit.use not in item.uses:
        return
    if item.method == FeeItem.Method.LEASE and (item.pk, unit.pk) not in facts.leases:
        return
    if item.method == FeeItem.Method.SHARED and (item.pk, unit.pk) not in facts.parts:
        return
    days = _charged_days(facts, item, unit)
    if days is None:
        return
    charged = facts.charged.get(source_id_of(item, unit.pk))
    if charged is not None:
        rest = _rest(facts, item, unit, days)
        is_ahead = charged < facts.instant(facts.month)
        reason = Omitted.PAID_AHEAD if is_ahead else Omitted.CHARGED
        yield from rest or [omitted(facts, item, unit, reason)]
    elif not days:
        yield omitted(facts, item, unit, Omitted.EXEMPT)
    else:
        yield from _priced(facts, item, unit, days)


def _priced(
    facts: Facts, item: FeeItem, unit: UnitFacts, days: Sequence[Days[bool]]
) -> Iterator[Assessment]:
    try:
        shares: list[Share] = (
            metered_shares(facts, item, unit, days)
            if item.method == FeeItem.Method.METER
            else monthly_shares(facts, item, unit, days)
        )
    except NotCharged as reason:
        yield omitted(facts, item, unit, reason.code)
        return
    for number, share in enumerate(shares):
        yield assessed(facts, item, unit, share, is_first=number == 0)


def _rest(
    facts: Facts, item: FeeItem, unit: UnitFacts, days: Sequence[Days[bool]]
) -> list[Assessment]:
    """Return what later payers owe of a month that was charged to others for their days alone.

    Who paid a month ahead and moved out within it is credited the rest, which the next payer owes.
    A month of which a payer was charged more than the own days has no rest.
    """
    before = facts.charged_to[source_id_of(item, unit.pk)]
    if item.method == FeeItem.Method.METER or not _later_payers(facts, item, unit, days, before):
        return []
    shares = {each.payer: each for each in _priced(facts, item, unit, days)}
    fits = all(payer in shares and shares[payer].amount >= paid for payer, paid in before.items())
    return [share for payer, share in shares.items() if payer not in before] if fits else []


def _later_payers(
    facts: Facts,
    item: FeeItem,
    unit: UnitFacts,
    days: Sequence[Days[bool]],
    before: Collection[Payer],
) -> bool:
    paying = (each.value.payer for part in days for each in payers_on(facts, item, unit, part))
    return any(payer is not None and payer not in before for payer in paying)


def _charged_days(facts: Facts, item: FeeItem, unit: UnitFacts) -> list[Days[bool]] | None:
    """Return the days on which a unit is charged: none if it is exempt, None if it never is."""
    end = min(facts.ends_on, unit.ended_on or facts.ends_on)
    whole = [Days(facts.month, end, True)]
    rows = facts.assigned.get((item.pk, unit.pk))
    if rows is None:
        return whole if item.for_all and facts.month < end else None
    days = whole
    if not item.for_all:
        days = clipped(
            ((first, last, True) for first, last, kind in rows if kind == _CHARGED),
            facts.month,
            end,
        )
        if not days:
            return None
    exempt = ((first, last, True) for first, last, kind in rows if kind == _EXEMPT)
    return outside(days, clipped(exempt, facts.month, end))
