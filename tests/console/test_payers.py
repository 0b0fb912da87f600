"""The account of a payer, and deposits."""

from datetime import date

import pytest

from billing.models import Bill, Deposit, Refund, WriteOff
from billing.outstanding import credit_balance, owed_by
from fees.services.ahead import charge_ahead
from people.models import PayerPeriod
from tests.billing.club_fees import pay
from tests.browsers import text
from tests.factories import CompanyFactory, FeeItemFactory, FeePriceFactory
from tests.fees.units import pays, unit_of
from tests.gate import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def payer(here):
    return here.billed_payer.payer


@pytest.fixture
def url(here):
    return lambda name: here.url(name, here.billed_payer.key)


def test_an_account_shows_what_is_owed_with_its_bills_credit_and_deposits(
    here, finance, payer, url
):
    payment = pay(here.site, 1_234, payer=payer)
    shown = text(finance.get(url("payer_account")))
    for part in (here.bill.number, "renovation", "12.34", "Club late-"):
        assert part in shown
    assert here.url("finance_payment", payment.pk) in shown
    person = text(finance.get(here.url("person", here.resident.pk)))
    assert url("payer_account") in person
    assert here.bill.number in person


def test_open_charges_are_billed_once(here, finance, payer, url):
    before = Bill.objects.count()
    (late,) = [each.charge for each in owed_by(here.site, payer) if each.charge.amount == 500]
    values = {"charges": [str(late.pk)], "due_on": "2026-12-31"}
    assert finance.post(url("bill_payer"), values).status_code == 204
    bill = Bill.objects.latest("pk")
    assert (Bill.objects.count(), bill.total, str(bill.due_on)) == (before + 1, 500, "2026-12-31")
    assert bill.payer_name == here.resident.name
    assert finance.post(url("bill_payer"), values).status_code == 422


def test_credit_pays_what_is_due_first_and_the_rest_is_refunded(here, finance, payer, url):
    pay(here.site, 700, payer=payer)
    assert finance.post(url("use_credit")).status_code == 204
    assert credit_balance(here.site, payer).minor == 0
    assert finance.post(url("use_credit")).status_code == 422
    pay(here.site, 300, payer=payer)
    values = {"amount": "3.00", "reason": "moved out"}
    assert finance.post(url("refund_credit"), values).status_code == 204
    assert Refund.objects.latest("pk").amount == 300
    assert finance.post(url("refund_credit"), values).status_code == 422


def test_a_deposit_is_asked_for_held_and_kept_in_part(here, finance, payer, url):
    values = {"amount": "1000", "purpose": "lease"}
    assert finance.post(url("require_deposit"), values).status_code == 204
    deposit = Deposit.objects.get(purpose="lease")
    charge = next(
        each.charge
        for each in owed_by(here.site, payer)
        if each.charge.source_id == deposit.public_id
    )
    pay(here.site, 100_000, charge, payer=payer)
    shown = finance.get(here.url("deposits"), {"state": "held"})
    assert [row.pk for row in shown.context["rows"]] == [deposit.pk]
    named = finance.get(here.url("deposits"), {"payer": here.resident.name[:5]})
    assert deposit.pk in {row.pk for row in named.context["rows"]}
    settle = here.url("settle_deposit", deposit.pk)
    assert finance.post(settle, {"kept": "200"}).status_code == 422  # without a reason
    assert finance.post(settle, {"kept": "200", "reason": "scratches"}).status_code == 204
    assert credit_balance(here.site, payer).minor == 80_000
    settled = finance.get(here.url("deposits"), {"state": "settled"})
    assert [row.pk for row in settled.context["rows"]] == [deposit.pk]


def test_charges_are_written_off_from_the_account(here, finance, payer, url):
    (late,) = [each.charge for each in owed_by(here.site, payer) if each.charge.amount == 500]
    values = {"charges": [str(late.pk)], "reason": "bankrupt"}
    assert finance.post(url("write_off_charges"), values).status_code == 204
    assert WriteOff.objects.latest("pk").amount == 500


def test_a_company_has_an_account_and_others_are_not_found(here, finance):
    company = CompanyFactory(site=here.site, name="Harbour Freight")
    shown = text(finance.get(here.url("payer_account", f"company-{company.pk}")))
    assert "Harbour Freight" in shown
    for key in ("company-0", "person", "bank-1", "person-x", "person-99999999999999999999"):
        assert finance.get(here.url("payer_account", key)).status_code == 404


def test_from_an_account_money_is_taken_and_a_single_charge_entered(here, finance, url):
    shown = text(finance.get(url("payer_account")))
    assert here.url("take_payment", here.resident.pk, "person") in shown
    once = f"{here.url('charge_once')}?holder={here.resident.pk}"
    assert once in shown
    FeeItemFactory(site=here.site, method="one_off")
    assert f'value="{here.resident.name}"' in text(finance.get(once))


def test_fees_of_days_after_a_move_out_are_credited_once_they_are_confirmed(here, finance):
    item, unit = FeePriceFactory(item__site=here.site, price="2").item, unit_of(here.site, "50")
    owner = pays(unit)
    bill = charge_ahead(item, staff(), unit=unit, month=date(2027, 1, 1), months=2)
    PayerPeriod.objects.filter(occupancy=owner).update(ends_on=date(2027, 2, 1))
    key = f"person-{owner.person_id}"
    address, values = here.url("credit_unused_fees", key), {"reason": "moved out"}
    assert address in text(finance.get(here.url("payer_account", key)))
    plan = finance.post(address, values)
    assert bill.number in text(plan)
    done = finance.post(address, {**values, "confirm": plan.context["token"]})
    assert (done.status_code, bill.credit_notes.get().amount) == (204, 10_000)
    assert "Every fee that was billed" in text(finance.post(address, values))
