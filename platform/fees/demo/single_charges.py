"""The demo community's single charges: one is paid, one was wrong, two have been due for long."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from billing import services as billing
from billing.drawers import cash_in
from billing.models import Bill, OfflineMethod
from billing.outstanding import owed_of_bill
from billing.payers import party_of_holder
from billing.services import Received
from core import clock
from core.models import Site, User
from fees.models import FeeItem
from fees.services.items import add_item
from fees.services.single_charges import SingleCharge, charge_once
from people.models import Occupancy

# In minor units, VAT included, for one resident after the other.
CHARGES = (
    (28_000, _("Repair of a door closer")),
    (15_000, _("Cleaning after a move")),
    (6_500, _("Replacement of two access cards")),
    (42_000, _("Damage to the lift")),
)
DEPOSIT = 200_000
# Of the owners of these flats: days since they were billed, building, unit, amount, cause. The
# first has moved abroad, and does not pay any more.
OLD_CHARGES = (
    (170, "5", "0605", 18_500, _("Key service at night")),
    (55, "2", "1104", 36_000, _("Removal of bulky waste")),
)
FLOAT, MISSING = 30_000, 500


def bill_residents(site: Site, manager: User, cashier: User) -> None:
    """Bill some residents, take money for one bill, credit another, and ask for a deposit."""
    item = _add_item(site, manager)
    _bill_long_ago(item, manager)
    residents = list(_residents(site)[: len(CHARGES)])
    issued = [
        charge_once(
            item,
            manager,
            SingleCharge(
                payer=each.holder, unit=each.unit, amount=amount, description=gettext(text)
            ),
        )
        for each, (amount, text) in zip(residents, CHARGES, strict=False)
    ]
    _collect(site, cashier, issued[:1])
    billing.credit_bill(issued[1], manager, reason=gettext("Charged twice"))
    billing.ask_for_deposit(
        site,
        party_of_holder(residents[0].holder),
        DEPOSIT,
        purpose=gettext("Renovation"),
        actor=manager,
        unit=residents[0].unit,
    )


def _add_item(site: Site, manager: User) -> FeeItem:
    return add_item(
        site,
        manager,
        code="services",
        method=FeeItem.Method.ONE_OFF,
        title="Repairs and services",
        title_zh="维修与服务",
        vat_rate=Decimal(6),
    )


def _bill_long_ago(item: FeeItem, manager: User) -> None:
    """Issue bills that are overdue by now, and write off the oldest one."""
    issued = [
        charge_once(
            item,
            manager,
            SingleCharge(
                payer=each.holder,
                unit=each.unit,
                amount=amount,
                description=gettext(text),
                billed_at=clock.now() - timedelta(days=days),
            ),
        )
        for days, building, unit, amount, text in OLD_CHARGES
        for each in _residents(item.site).filter(unit__building__code=building, unit__code=unit)
    ]
    reason = gettext("Moved abroad, cannot be reached")
    billing.write_off_bill(issued[0], manager, reason=reason)


def _collect(site: Site, cashier: User, bills: Iterable[Bill]) -> None:
    """Take cash for bills in a shift whose drawer is handed over with some of it missing."""
    drawer = billing.open_drawer(site, cashier, float_amount=FLOAT)
    for bill in bills:
        charges = [each.charge for each in owed_of_bill(bill)]
        billing.take_payment(site, cashier, bill.payer, Received(OfflineMethod.CASH), charges)
    counted = cash_in(drawer).minor - MISSING
    reason = gettext("Wrong change given")
    billing.hand_over_drawer(drawer, cashier, counted=counted, reason=reason)


def _residents(site: Site) -> QuerySet[Occupancy]:
    roles = (Occupancy.Role.OWNER, Occupancy.Role.TENANT)
    rows = Occupancy.objects.filter(
        site=site, unit__isnull=False, person__isnull=False, role__in=roles
    )
    return rows.select_related("person", "company", "unit").order_by("pk")
