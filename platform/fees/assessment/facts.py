"""Load what the fees of some units and a month depend on."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, Min, OuterRef, Q, Sum
from django.db.models.functions import Left

from billing.models import Charge
from billing.vat import NO_RATES, Rates, rates_of
from core import clock
from core.models import Site
from estate.models import Unit, UnitState
from fees.assessment.results import JsonLine, Payer, source_id_of
from fees.charge_sources import KINDS
from fees.models import (
    Discount,
    FeeAssignment,
    FeeItem,
    FeePrice,
    Lease,
    SharedCost,
    SharedCostPart,
)
from fees.rules.months import first_after, first_of_next
from fees.rules.parts import Dated
from metering.models import MeterPoint
from metering.usage import ReadingSeries, load_series
from people.models import PayerPeriod
from people.periods import sharing_days

_ROW_OF_PAYER = (
    "unit_id",
    "fee_kind",
    "begins_on",
    "ends_on",
    "occupancy__person_id",
    "occupancy__company_id",
)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """The values of a unit that fees depend on."""

    pk: int
    use: str
    built_up_area: Decimal | None
    usable_area: Decimal | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Granted:
    """A discount that was approved."""

    kind: str
    percent: Decimal
    months: int
    begins_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class CostPart:
    """A unit's part of a shared cost, with what it was divided by.

    Attributes:
        weights, weight: of all units that share the cost, and of the unit.
        amount, total: of the part and the whole cost, in minor units.
        key: of `SharedCost.Key`.
    """

    weights: Decimal
    amount: int
    total: int
    key: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class ChargedReading:
    """The reading up to which a meter was charged, with its value at that time."""

    pk: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class MeteredUntil:
    """Up to where a unit's metered fee was charged: its payer, and the readings by meter.

    Attributes:
        is_month_before: whether no month was left out since.
    """

    payer: Payer
    ends: dict[str, ChargedReading]
    is_month_before: bool


@dataclass
class Facts:
    """What the fees of some units depend on in a month.

    Attributes:
        month, ends_on: its first day, and that of the next one.
        ahead: how many months are paid at once.
        payers: days by unit and kind of fee; the empty kind is for all without their own.
        prices: by item.
        assigned: the days on which a unit is charged, or exempt, by item and unit.
        discounts: by item and unit; under the unit None those of all units.
        vacant: the days on which a unit is vacant.
        parts: of shared costs, by item and unit.
        rates: of VAT, for items without a rate of their own.
        leases: by item and unit.
        series: readings by unit and utility.
        metered_until: what the latest charge before ended with, by the id of the cause.
        charged: when a month was charged, by the id of the cause.
        charged_to: how much of it each payer was charged, in minor units.
        credited: how many charges of it were taken back whole.
    """

    site: Site
    month: date
    ahead: int
    units: list[UnitFacts] = field(default_factory=list)
    payers: dict[tuple[int, str], list[Dated[Payer]]] = field(default_factory=dict)
    prices: dict[int, list[FeePrice]] = field(default_factory=dict)
    assigned: dict[tuple[int, int], list[Dated[str]]] = field(default_factory=dict)
    discounts: dict[tuple[int, int | None], list[Granted]] = field(default_factory=dict)
    vacant: dict[int, list[Dated[bool]]] = field(default_factory=dict)
    parts: dict[tuple[int, int], list[CostPart]] = field(default_factory=dict)
    rates: Rates = NO_RATES
    leases: dict[tuple[int, int], list[Lease]] = field(default_factory=dict)
    series: dict[tuple[int, str], list[ReadingSeries | None]] = field(default_factory=dict)
    metered_until: dict[str, MeteredUntil] = field(default_factory=dict)
    charged: dict[str, datetime] = field(default_factory=dict)
    charged_to: dict[str, Counter[Payer]] = field(default_factory=dict)
    credited: Counter[str] = field(default_factory=Counter)

    def vat_rate(self, item: FeeItem) -> Decimal:
        """Return the rate of an item's VAT in the month: that of its first day."""
        return item.vat_on(self.month, self.rates)

    @property
    def ends_on(self) -> date:
        """The first day of the next month."""
        return first_of_next(self.month)

    def instant(self, day: date) -> datetime:
        """Return the instant at which a day begins at the site."""
        return clock.midnight(day, self.site.timezone)


def load_facts(
    site: Site, items: Sequence[FeeItem], month: date, unit_ids: Collection[int], ahead: int = 1
) -> Facts:
    """Load what the fees of units depend on, with a few queries for all of them."""
    facts = Facts(site, month, ahead)
    _load_units(facts, unit_ids)
    _load_payers(facts, items, unit_ids)
    _load_prices(facts, items)
    _load_assigned(facts, items, unit_ids)
    _load_discounts(facts, items, unit_ids)
    if any(item.vat_rate is None for item in items):
        facts.rates = rates_of(site)
    methods = {item.method for item in items}
    if FeeItem.Method.SHARED in methods:
        _load_parts(facts, items, unit_ids)
    if FeeItem.Method.LEASE in methods:
        _load_leases(facts, items, unit_ids)
    if FeeItem.Method.METER in methods:
        _load_series(facts, {item.utility for item in items if item.utility}, unit_ids)
        _load_metered_until(facts, items, unit_ids)
    _load_charged(facts, items, unit_ids)
    return facts


def _load_units(facts: Facts, unit_ids: Collection[int]) -> None:
    names = ("pk", "use", "built_up_area", "usable_area", "ended_at")
    begin = facts.instant(facts.month)
    rows = Unit.objects.filter(Q(ended_at=None) | Q(ended_at__gt=begin), pk__any_of=unit_ids)
    rows = rows.filter(building__site=facts.site).order_by("pk")
    for pk, use, built_up, usable, ended_at in rows.values_list(*names):
        ended_on = clock.local(ended_at, facts.site.timezone).date() if ended_at else None
        facts.units.append(UnitFacts(pk, use, built_up, usable, ended_on))


def _load_payers(facts: Facts, items: Sequence[FeeItem], unit_ids: Collection[int]) -> None:
    kinds = ["", *(item.code for item in items)]
    rows = PayerPeriod.objects.filter(
        sharing_days(facts.month, facts.ends_on), unit__any_of=unit_ids, fee_kind__in=kinds
    )
    found = defaultdict(list)
    for unit, kind, begins_on, ends_on, person, company in rows.values_list(*_ROW_OF_PAYER):
        payer = ("person", str(person)) if person else ("company", str(company))
        found[unit, kind].append((begins_on, ends_on, payer))
    facts.payers = dict(found)


def _load_prices(facts: Facts, items: Sequence[FeeItem]) -> None:
    rows = FeePrice.objects.filter(sharing_days(facts.month, facts.ends_on), item__in=items)
    found = defaultdict(list)
    for row in rows.order_by("begins_on"):
        found[row.item_id].append(row)
    facts.prices = dict(found)


def _load_assigned(facts: Facts, items: Sequence[FeeItem], unit_ids: Collection[int]) -> None:
    rows = FeeAssignment.objects.filter(
        sharing_days(facts.month, facts.ends_on), item__in=items, unit__any_of=unit_ids
    )
    found = defaultdict(list)
    for row in rows:
        found[row.item_id, row.unit_id].append((row.begins_on, row.ends_on, str(row.kind)))
    facts.assigned = dict(found)


def _load_discounts(facts: Facts, items: Sequence[FeeItem], unit_ids: Collection[int]) -> None:
    rows = Discount.objects.filter(
        Q(unit=None) | Q(unit__any_of=unit_ids),
        sharing_days(facts.month, facts.ends_on),
        item__in=items,
        state=Discount.State.APPROVED,
    )
    names = ("item", "unit", "kind", "percent", "months", "begins_on", "ends_on")
    found = defaultdict(list)
    for item, unit, *values in rows.values_list(*names):
        found[item, unit].append(Granted(*values))
    facts.discounts = dict(found)
    if any(each.kind == Discount.Kind.VACANT for all_of in found.values() for each in all_of):
        _load_vacant(facts, unit_ids)


def _load_vacant(facts: Facts, unit_ids: Collection[int]) -> None:
    rows = UnitState.objects.filter(unit__any_of=unit_ids, begins_on__lt=facts.ends_on)
    states = defaultdict(list)
    for unit, begins_on, state in rows.order_by("unit", "begins_on").values_list(
        "unit", "begins_on", "state"
    ):
        states[unit].append((begins_on, state))
    for unit, dated in states.items():
        ends = [begins_on for begins_on, _state in dated[1:]]
        facts.vacant[unit] = [
            (begins_on, ends_on, True)
            for (begins_on, state), ends_on in zip(dated, [*ends, None], strict=True)
            if state == UnitState.State.VACANT
        ]


def _load_parts(facts: Facts, items: Sequence[FeeItem], unit_ids: Collection[int]) -> None:
    costs = SharedCost.objects.filter(item__in=items, month=facts.month)
    weights = dict(costs.values_list("pk").annotate(sum=Sum("parts__weight")).order_by())
    rows = SharedCostPart.objects.filter(cost__in=list(weights), unit__any_of=unit_ids)
    names = ("cost", "cost__item", "unit", "amount", "cost__amount", "cost__key", "weight")
    found = defaultdict(list)
    for cost, item, unit, *values in rows.order_by("cost").values_list(*names):
        found[item, unit].append(CostPart(weights[cost], *values))
    facts.parts = dict(found)


def _load_leases(facts: Facts, items: Sequence[FeeItem], unit_ids: Collection[int]) -> None:
    rows = Lease.objects.filter(
        sharing_days(facts.month, facts.ends_on), item__in=items, unit__any_of=unit_ids
    )
    found = defaultdict(list)
    for row in rows.prefetch_related("steps").order_by("begins_on"):
        found[row.item_id, row.unit_id].append(row)
    facts.leases = dict(found)


def _load_series(facts: Facts, utilities: Collection[str], unit_ids: Collection[int]) -> None:
    points = MeterPoint.objects.filter(unit__any_of=unit_ids, utility__in=utilities).order_by("pk")
    begin = facts.instant(date(facts.month.year - 1, 1, 1) - timedelta(days=1))
    rows = list(points)
    loaded = load_series(rows, begin, facts.instant(facts.ends_on))
    found = defaultdict(list)
    for point in rows:
        if point.unit_id is not None:
            found[point.unit_id, str(point.utility)].append(loaded.get(point.pk))
    facts.series = dict(found)


def _load_metered_until(facts: Facts, items: Sequence[FeeItem], unit_ids: Collection[int]) -> None:
    """Load the readings with which the latest charges within a year ended.

    A month whose charge was credited counts as not charged.
    """
    metered = [item for item in items if item.method == FeeItem.Method.METER]
    ids = [source_id_of(item, unit) for item in metered for unit in unit_ids]
    before, since = (f"{first_after(facts.month, -back):%Y-%m}" for back in (1, 12))
    rows = Charge.objects.filter(
        source_type__in=KINDS.values(),
        source_id__any_of=ids,
        period__gte=since,
        period__lt=f"{facts.month:%Y-%m}",
    )
    credited = Charge.objects.filter(
        source_type=OuterRef("source_type"),
        source_id=OuterRef("source_id"),
        period=OuterRef("period"),
        revision__gt=0,
    )
    first = rows.filter(~Exists(credited), revision=0).exclude(payer_id=None)
    latest = first.order_by("source_id", "-begins_at", "-pk").distinct("source_id")
    names = ("source_id", "period", "payer_type", "payer_id", "lines")
    for source_id, period, payer_type, payer_id, lines in latest.values_list(*names):
        payer, is_month_before = (payer_type, payer_id), period.startswith(before)
        facts.metered_until[source_id] = MeteredUntil(payer, _ends_of(lines), is_month_before)


def _ends_of(lines: Sequence[JsonLine]) -> dict[str, ChargedReading]:
    return {
        each["meter"]: ChargedReading(each["end_id"], Decimal(each["end"]))
        for line in lines
        for each in line.get("readings", ())
    }


def _load_charged(facts: Facts, items: Sequence[FeeItem], unit_ids: Collection[int]) -> None:
    """Load who is charged how much of the month, and how often it was credited whole."""
    ids = [source_id_of(item, unit) for item in items for unit in unit_ids]
    rows = Charge.objects.filter(source_type__in=KINDS.values(), source_id__any_of=ids)
    rows = rows.annotate(in_month=Left("period", 7)).filter(in_month=f"{facts.month:%Y-%m}")
    sums = rows.values_list("source_id", "period", "payer_type", "payer_id").annotate(
        sum=Sum("amount"), opened_at=Min("opened_at")
    )
    for source_id, _period, payer_type, payer_id, amount, opened_at in sums.order_by():
        if amount:
            facts.charged[source_id] = opened_at or clock.now()
            facts.charged_to.setdefault(source_id, Counter())[payer_type, payer_id] += amount
        else:
            facts.credited[source_id] += 1
