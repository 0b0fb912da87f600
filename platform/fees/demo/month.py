"""What the demo community charges, and the run of the last full month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext

from core import runs
from core.models import Site, User
from estate.models import Unit
from fees.models import BillRun, FeeAssignment, FeeItem, SharedCost
from fees.rules.tiers import Tier
from fees.runs import issue_run, start_run
from fees.services.agreements import assign_unit
from fees.services.items import add_item, set_late_fee
from fees.services.leases import NewLease, NewStep, add_lease
from fees.services.prices import set_price
from fees.services.shared_costs import enter_cost
from people.models import Company
from people.periods import today

Method, Income = FeeItem.Method, FeeItem.Income
PRICE_PER_M2 = Decimal("2.80")
# Cubic metres a year, as cities price them.
WATER_TIERS = (
    Tier(Decimal(220), Decimal("3.45")),
    Tier(Decimal(300), Decimal("4.83")),
    Tier(None, Decimal("5.83")),
)
METERED = (("1", "1201"), ("2", "0502"))
_INCOME = {
    Method.AREA: Income.PROPERTY,
    Method.METER: Income.UTILITIES,
    Method.SHARED: Income.UTILITIES,
    Method.LEASE: Income.RENT,
}
_VALUES = {Method.METER: {"utility": "water", "for_all": False}}
# In minor units.
LIGHTING = 212_640
RENTS = (850_000, 892_500)


def bill_last_month(site: Site, manager: User) -> None:
    """Add the fees of the community, and issue the bills of the last full month."""
    month = last_month(site)
    items = [_add_fee(site, manager, fee, month) for fee in _FEES]
    _work_off(issue_run(_work_off(start_run(site, manager, month=month, items=items)), manager))


def last_month(site: Site) -> date:
    """Return the first day of the last month that is over."""
    return (today(site).replace(day=1) - timedelta(days=1)).replace(day=1)


@dataclass(frozen=True)
class _Fee:
    """A fee of the community, and the step that prices it."""

    code: str
    method: FeeItem.Method
    title: str
    title_zh: str
    vat_percent: int
    price: Callable[[FeeItem, User, date], None]


def _add_fee(site: Site, manager: User, fee: _Fee, month: date) -> FeeItem:
    item = add_item(
        site,
        manager,
        code=fee.code,
        method=fee.method,
        title=fee.title,
        title_zh=fee.title_zh,
        vat_rate=Decimal(fee.vat_percent),
        income=_INCOME[fee.method],
        **_VALUES.get(fee.method, {}),
    )
    fee.price(item, manager, month)
    return item


def _price_management(item: FeeItem, manager: User, month: date) -> None:
    set_price(item, manager, begins_on=month.replace(month=1), price=PRICE_PER_M2)
    set_late_fee(item, manager, rate_per_day=Decimal("0.0005"), grace_days=5)


def _price_water(item: FeeItem, manager: User, month: date) -> None:
    since = month.replace(month=1)
    set_price(item, manager, begins_on=since, tiers=WATER_TIERS)
    for building, code in METERED:
        unit = Unit.objects.get(building__site=item.site, building__code=building, code=code)
        kind = FeeAssignment.Kind.CHARGED
        assign_unit(item, manager, unit=unit, kind=kind, begins_on=since)


def _enter_lighting(item: FeeItem, manager: User, month: date) -> None:
    enter_cost(item, manager, month=month, amount=LIGHTING, key=SharedCost.Key.AREA)


def _let_shop(item: FeeItem, manager: User, month: date) -> None:
    bakery = Company.objects.get(site=item.site, name=gettext("Market Row Bakery"))
    begins_on = month.replace(day=1, year=month.year - 1)
    days = (begins_on, begins_on.replace(year=month.year))
    steps = [NewStep(day, rent) for day, rent in zip(days, RENTS, strict=True)]
    unit = Unit.objects.get(building__site=item.site, building__code="S", code="02")
    add_lease(item, manager, NewLease(unit, bakery, begins_on, steps, number="WC-S02"))


_FEES = (
    _Fee("management", Method.AREA, "Property management fee", "物业管理费", 6, _price_management),
    _Fee("water", Method.METER, "Water", "水费", 3, _price_water),
    _Fee("lighting", Method.SHARED, "Lighting of shared areas", "公共照明分摊", 6, _enter_lighting),
    _Fee("rent", Method.LEASE, "Shop rent", "商铺租金", 9, _let_shop),
)


def _work_off(bill_run: BillRun) -> BillRun:
    """Work on a run's chunks here and now; its job finds it ended."""
    work = bill_run.work
    while work is not None and not work.is_ended:
        work = runs.work_on_chunk(work.pk)
    return BillRun.objects.get(pk=bill_run.pk)
