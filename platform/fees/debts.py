"""Fees that are or were overdue: what they cost, what was paid for them, what was posted on them.

Money counts from the day on which it was received. Of a bank transfer that is the day on which the
bank booked it, however much later a person matches it. Money that was withdrawn from a fee, as by a
cheque that was returned or a payment that was voided, has never paid it: the days since count as
unpaid.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q, Sum

from billing.models import Allocation, BillLine, Charge
from core import clock
from core.models import Site
from fees.charge_sources import CREDITED, KINDS, LATE_FEE
from fees.models import LateFeeRule
from fees.rules.late_fees import Paid, accrued
from fees.runs.unit_names import unit_names

_CAUSE = ("source_type", "source_id", "period")
_Key = tuple[str, str, str]


@dataclass
class Debt:
    """A fee that is or was overdue.

    Attributes:
        charge: the first one of its cause.
        begins_on: the first day that counts.
        principal: what its cause costs, in minor units.
        payments: what was paid for it.
        posted: its late fees, without their waivers, in minor units.
        periods: those of the late fees that were posted.
    """

    charge: Charge
    rule: LateFeeRule
    begins_on: date
    principal: int = 0
    payments: list[Paid] = field(default_factory=list)
    posted: int = 0
    periods: set[str] = field(default_factory=set)
    unit: str = ""

    @property
    def unit_id(self) -> int:
        """The key of the unit that the fee is for."""
        return int(self.charge.source_id.split("-")[1])

    @property
    def last_paid_on(self) -> date | None:
        """The day on which it was paid in full; None while something is open."""
        if sum(each.amount or 0 for each in self.payments) < self.principal:
            return None
        return max((each.on for each in self.payments), default=None)

    def accrued(self, until: date) -> int:
        """Return what has accrued until a day, which does not count, in minor units."""
        if self.principal <= 0:
            return 0
        rule = self.rule
        return accrued(
            self.principal,
            rule.rate_per_day,
            self.begins_on,
            self.payments,
            until,
            cap=rule.cap,
        )


def rules_of(site: Site) -> dict[int, LateFeeRule]:
    """Return the late fee rules of a site by the keys of their items."""
    rows = LateFeeRule.objects.filter(item__site=site).select_related("item")
    return {rule.item_id: rule for rule in rows}


def load_debts(site: Site, charges: Sequence[Charge], rules: dict[int, LateFeeRule]) -> list[Debt]:
    """Return the debts that have a rule, with a few queries for all of them."""
    debts = {_cause(each): debt for each in charges if (debt := _debt(site, each, rules))}
    if not debts:
        return []
    sources = {source_id for _kind, source_id, _period in debts}
    for key, amount in _sums(sources):
        if debt := debts.get(key):
            debt.principal = amount
    for key, payments in _payments(site, sources).items():
        if debt := debts.get(key):
            debt.payments = payments
    for key, due_on in _billed_again(sources):
        if debt := debts.get(key):
            since = due_on + timedelta(days=debt.rule.grace_days)
            debt.begins_on = max(debt.begins_on, since)
    units = unit_names({debt.unit_id for debt in debts.values()})
    for debt in debts.values():
        debt.unit = units.get(debt.unit_id, "")
    _add_posted(debts.values())
    return list(debts.values())


def _debt(site: Site, charge: Charge, rules: dict[int, LateFeeRule]) -> Debt | None:
    rule = rules.get(int(charge.source_id.split("-")[0]))
    if rule is None or charge.due_at is None:
        return None
    due_on = clock.local(charge.due_at, site.timezone).date()
    return Debt(charge, rule, due_on + timedelta(days=rule.grace_days))


def _cause(charge: Charge) -> _Key:
    return charge.source_type, charge.source_id, charge.period


def _sums(sources: set[str]) -> Iterator[tuple[_Key, int]]:
    """Return what fees cost: all revisions together."""
    rows = Charge.objects.filter(
        source_type__in=KINDS.values(), source_id__in=sources, state__in=Charge.POSTED
    )
    for *key, amount in rows.values_list(*_CAUSE).annotate(sum=Sum("amount")).order_by():
        yield (key[0], key[1], key[2]), amount


def _billed_again(sources: set[str]) -> Iterator[tuple[_Key, date]]:
    """Return when the bills of fees that were billed again are due."""
    rows = BillLine.objects.filter(
        charge__source_type__in=KINDS.values(),
        charge__source_id__in=sources,
        charge__revision__gt=0,
    )
    names = [f"charge__{name}" for name in _CAUSE]
    for *key, due_on in rows.values_list(*names, "bill__due_on"):
        yield (key[0], key[1], key[2]), due_on


def _payments(site: Site, sources: set[str]) -> dict[_Key, list[Paid]]:
    """Return what was paid for each fee, without what was withdrawn from it."""
    rows = Allocation.objects.filter(
        charge__source_type__in=KINDS.values(), charge__source_id__in=sources
    ).order_by("created_at", "pk")
    names = [f"charge__{name}" for name in _CAUSE]
    columns = (*names, "payment", "payment__bank_line__booked_on", "created_at", "amount")
    found: dict[_Key, dict[int, list[tuple[date, int]]]] = {}
    for *key, payment, booked_on, at, amount in rows.values_list(*columns):
        by_payment = found.setdefault((key[0], key[1], key[2]), {})
        allocated_on = clock.local(at, site.timezone).date()
        _count(
            by_payment.setdefault(payment, []), min(booked_on or allocated_on, allocated_on), amount
        )
    return {
        key: [Paid(on, amount) for moves in by_payment.values() for on, amount in sorted(moves)]
        for key, by_payment in found.items()
    }


def _count(moves: list[tuple[date, int]], on: date, amount: int) -> None:
    """Add money of a payment to what it paid; what is withdrawn is taken off the latest of it."""
    if amount >= 0:
        moves.append((on, amount))
        return
    while amount < 0 and moves:
        since, paid = moves.pop()
        amount += paid
        if amount > 0:
            moves.append((since, amount))


def _add_posted(debts: Iterable[Debt]) -> None:
    """Add what was posted on each debt: waivers don't lower it, credited fees do."""
    by_key = {str(debt.charge.pk): debt for debt in debts}
    rows = Charge.objects.filter(
        Q(revision=0) | Q(lines__0__kind__in=[LATE_FEE, CREDITED]),
        source_type=LATE_FEE,
        source_id__in=by_key,
        state__in=Charge.POSTED,
    )
    for source_id, period, amount in rows.values_list("source_id", "period", "amount"):
        by_key[source_id].posted += amount
        by_key[source_id].periods.add(period)
