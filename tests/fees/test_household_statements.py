"""The statement of a household covers its own unit, and nothing else that its people owe."""

from datetime import date

import pytest

from billing import reports
from billing.models import Bill, Charge
from billing.services import credit_bill, require_deposit
from estate.models import Unit
from fees.charge_sources import LATE_FEE
from fees.late_fees import post_late_fees
from fees.models import LateFeeRule
from fees.services.single_charges import SingleCharge, charge_once
from people.models import Occupancy
from tests.billing.club_fees import charges_of, pay
from tests.factories import FeeItemFactory, FeePriceFactory, SiteFactory, UserFactory
from tests.fees.runs_of_site import issue, preview
from tests.fees.units import pays, unit_of

pytestmark = pytest.mark.django_db
ALWAYS = (date(2000, 1, 1), date(2100, 1, 1))


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def owner(site) -> Occupancy:
    """The owner of two units, of 100 and of 50 square metres."""
    home = unit_of(site, "100", code="0101")
    occupancy = pays(home)
    shop = unit_of(site, "50", code="0102")
    other = pays(shop)
    Occupancy.objects.filter(pk=other.pk).update(person=occupancy.person)
    return occupancy


def units(site) -> list[Unit]:
    return list(Unit.objects.filter(building__site=site).order_by("code"))


def bill_both(site):
    """A month of a fee for both units: 280.00 and 140.00."""
    item = FeePriceFactory(item__site=site).item
    issue(preview(site, item))
    return item


def moved(site, unit) -> list[int]:
    (found,) = reports.household_statement(site, unit, *ALWAYS)
    assert found.opening.minor + sum(each.money.minor for each in found.movements) == (
        found.closing.minor
    )
    return [each.money.minor for each in found.movements]


def test_fees_and_payments_of_another_unit_are_left_out(site, owner):
    bill_both(site)
    home, shop = units(site)
    payer = ("person", str(owner.person_id))
    (charge,) = charges_of(Bill.objects.get(unit=home))
    pay(site, 28_000, charge, payer=payer)
    assert moved(site, home) == [28_000, -28_000]
    assert moved(site, shop) == [14_000]


def test_both_units_together_are_what_their_payer_owes(site, owner):
    bill_both(site)
    credit_bill(Bill.objects.get(unit=units(site)[1]), UserFactory(), reason="wrong area")
    payer = ("person", str(owner.person_id))
    (whole,) = reports.statement(site, [payer], *ALWAYS)
    assert sum(sum(moved(site, unit)) for unit in units(site)) == whole.closing.minor == 28_000


def test_a_single_charge_and_a_deposit_are_on_the_statement_of_their_unit(site, owner):
    home, shop = units(site)
    item = FeeItemFactory(site=site, method="one_off")
    values = {"payer": owner.person, "description": "Keys", "amount": 500}
    charge_once(item, UserFactory(), SingleCharge(unit=shop, **values))
    charge_once(item, UserFactory(), SingleCharge(**values))
    payer = ("person", str(owner.person_id))
    require_deposit(site, payer, 9_000, purpose="renovation", unit=shop)
    assert moved(site, home) == []
    assert moved(site, shop) == [500, 9_000]


def test_a_late_fee_is_on_the_statement_of_the_unit_that_was_paid_late(site, owner):
    item = bill_both(site)
    home, shop = units(site)
    LateFeeRule.objects.create(item=item, rate_per_day="0.001")
    (paid,) = charges_of(Bill.objects.get(unit=shop))
    pay(site, 14_000, paid, payer=("person", str(owner.person_id)))
    assert post_late_fees(site, date(2027, 1, 1)) == 1
    late = Charge.objects.get(source_type=LATE_FEE)
    assert moved(site, home) == [28_000, late.amount]
    assert moved(site, shop) == [14_000, -14_000]
