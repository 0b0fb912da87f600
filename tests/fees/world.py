"""Fees of a populated site: an item with a price, a discount, a lease, a shared cost, a run."""

from datetime import date
from decimal import Decimal

from billing.models import Charge
from billing.services import Cause, NewCharge, create_charges
from core import clock
from fees.assessment.results import source_id_of
from fees.charge_sources import LATE_FEE, kind_of
from fees.models import (
    BillRun,
    Discount,
    FeeAssignment,
    FeePrice,
    LateFeeWaiver,
    Lease,
    ReminderPause,
    ReminderStep,
    SharedCost,
)
from fees.services import agreements, leases, reminders, shared_costs
from fees.services.agreements import NewDiscount
from fees.services.leases import NewLease, NewStep
from fees.services.waivers import request_waiver
from people.periods import today
from tests.factories import FeeItemFactory, FeePriceFactory, UserFactory
from tests.fees.runs_of_site import preview
from tests.fees.units import paid_unit, unit_of
from tests.rooms import World

_BEGIN = date(2026, 1, 1)


def set_price(world: World) -> FeePrice:
    """The price of a fee by area."""
    return FeePriceFactory(item__site=world.site)


def request_discount(world: World) -> Discount:
    """A discount that waits for an approval."""
    return agreements.request_discount(
        world.fee_price.item,
        UserFactory(),
        NewDiscount("gift", Decimal(50), _BEGIN, "a present"),
    )


def exempt_unit(world: World) -> FeeAssignment:
    """A unit that is exempt from the fee."""
    values = {"unit": world.home.unit, "kind": "exempt", "begins_on": _BEGIN}
    return agreements.assign_unit(world.fee_price.item, "test", reason="an office", **values)


def let_unit(world: World) -> Lease:
    """The lease of the resident's home."""
    item = FeeItemFactory(site=world.site, method="lease")
    unit, tenant = world.home.unit, world.home.person
    steps = [NewStep(_BEGIN, 300_000)]
    return leases.add_lease(item, "test", NewLease(unit, tenant, _BEGIN, steps))


def divide_cost(world: World) -> SharedCost:
    """A cost of a month that the units share equally."""
    item = FeeItemFactory(site=world.site, method="shared")
    world.home  # noqa: B018 - there is a unit to share it
    return shared_costs.enter_cost(item, UserFactory(), month=_BEGIN, amount=1000, key="equal")


def run_to_check(world: World) -> BillRun:
    """A billing run with a unit that is charged and one that nobody pays for."""
    paid_unit(world.site)
    unit_of(world.site)
    return preview(world.site, world.fee_price.item)


def post_late_fee(world: World) -> Charge:
    """A late fee that is open."""
    item, unit = world.fee_price.item, paid_unit(world.site)
    cause = Cause(kind_of(item), source_id_of(item, unit.pk), "2026-10")
    late = NewCharge(cause, "open", world.site.currency, amount=9000, opened_at=clock.now())
    (principal,) = create_charges(world.site, [late])
    new = NewCharge(
        Cause(LATE_FEE, str(principal.pk), "2026-11"),
        "open",
        world.site.currency,
        amount=500,
        lines=[{"kind": LATE_FEE, "title": item.title, "unit": str(unit), "amount": 500}],
        payer=("person", "1"),
        opened_at=clock.now(),
    )
    return create_charges(world.site, [new])[0]


def ask_for_waiver(world: World) -> LateFeeWaiver:
    """The waiver of a late fee that waits for approval."""
    return request_waiver(post_late_fee(world), UserFactory(), amount=500, reason="hardship")


def remind_after_a_week(world: World) -> ReminderStep:
    """A reminder a week after the due date."""
    return reminders.add_step(world.site, UserFactory(), days=7)


def pause_unit(world: World) -> ReminderPause:
    """A unit that is not reminded."""
    values = {"until": today(world.site), "reason": "in hospital"}
    return reminders.pause_reminders(paid_unit(world.site), UserFactory(), **values)


ROWS = {
    "fee_price": set_price,
    "discount": request_discount,
    "fee_assignment": exempt_unit,
    "lease": let_unit,
    "shared_cost": divide_cost,
    "fee_run": run_to_check,
    "late_fee": post_late_fee,
    "waiver": ask_for_waiver,
    "reminder_step": remind_after_a_week,
    "reminder_pause": pause_unit,
}
