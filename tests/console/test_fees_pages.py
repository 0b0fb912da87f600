"""The pages of fees: items and prices with a trial, discounts, leases, costs, single charges."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.models import Bill, Deposit
from core.permissions import StandardRole
from fees.models import Discount, FeeAssignment, FeeItem, Lease, SharedCost
from tests.browsers import hire, signed_in, text
from tests.factories import FeeItemFactory, SiteFactory
from tests.fees.units import paid_unit

pytestmark = pytest.mark.django_db


def confirmed(client, address, values):
    """Post a change in two steps: look at what it does, then make it."""
    shown = client.post(address, values)
    assert shown.status_code == 200, text(shown)
    token = shown.content.decode().split('name="confirm" value="')[1].split('"')[0]
    answer = client.post(address, {**values, "confirm": token})
    assert answer.status_code == 204
    return text(shown)


def test_a_fee_is_added_priced_and_tried_on_a_unit(here, manager):
    unit = paid_unit(here.site)
    values = {"code": "property", "title": "Management", "basis": "built_up", "for_all": "on"}
    values |= {"vat_rate": "6", "income": "income_property", "due_day": "31", "due_months": "0"}
    assert manager.post(here.url("add_fee_of_method", "area"), values).status_code == 204
    item = FeeItem.objects.get(code="property")
    price = {"begins_on": "2026-11-01", "price": "2.80", "unit": str(unit)}
    shown = confirmed(manager, here.url("set_fee_price", item.pk), price)
    assert "no price applies" in shown
    assert "¥250.96" in shown
    assert item.prices.get().price == Decimal("2.80")
    tried = manager.get(here.url("try_fee_item", item.pk), {"unit": unit, "month": "2026-11"})
    assert "¥250.96" in text(tried)
    assert "89.63 m² × CN¥2.80" in text(tried)
    page = text(manager.get(here.url("fee_item", item.pk)))
    assert "CN¥2.80" in page
    assert "Management" in text(manager.get(here.url("fee_items")))


def test_a_trial_of_a_price_changes_nothing(here, manager):
    item, unit = here.fee_price.item, paid_unit(here.site)
    values = {"begins_on": "2026-11-01", "price": "9", "unit": str(unit)}
    assert manager.post(here.url("set_fee_price", item.pk), values).status_code == 200
    assert item.prices.count() == 1


def test_what_was_entered_wrong_is_shown_at_its_field(here, manager):
    item = here.fee_price.item
    address = here.url("set_fee_price", item.pk)
    for values, words in (
        ({"begins_on": "2019-01-01", "price": "1"}, "price begins on"),
        ({"begins_on": "2027-01-01", "price": "1", "unit": "9-9999"}, "There is no such unit."),
        ({"begins_on": "2027-01-01", "price": ""}, "required"),
    ):
        answer = manager.post(address, values)
        assert answer.status_code == 422
        assert words in text(answer)


def test_tiers_are_entered_by_row(here, manager):
    item = FeeItemFactory(site=here.site, method="meter", utility="water")
    values = {"begins_on": "2026-11-01", "price": "", "tiers": "180 5.00\n260 7\n9"}
    confirmed(manager, here.url("set_fee_price", item.pk), values)
    assert item.prices.get().tiers == [["180", "5.00"], ["260", "7"], [None, "9"]]
    page = text(manager.get(here.url("fee_item", item.pk)))
    assert "CN¥5.00 up to 180" in page
    assert "CN¥9.00 above that" in page
    values["begins_on"] = "2026-12-01"
    answer = manager.post(here.url("set_fee_price", item.pk), {**values, "tiers": "a b c"})
    assert answer.status_code == 422


def test_a_price_is_withdrawn_and_a_fee_changed_and_ended(here, manager):
    item = here.fee_price.item
    withdraw = here.url("withdraw_fee_price", here.fee_price.pk)
    assert manager.post(withdraw).status_code == 204
    assert not item.prices.exists()
    late = {"rate": "0.05", "grace_days": "30", "cap": "100"}
    assert manager.post(here.url("set_late_fee", item.pk), late).status_code == 204
    assert "0.05 % a day after 30 days" in text(manager.get(here.url("fee_item", item.pk)))
    unit = {"unit": str(paid_unit(here.site)), "kind": "exempt", "begins_on": "2026-01-01"}
    unit |= {"reason": "the caretaker's"}
    assert manager.post(here.url("assign_fee", item.pk), unit).status_code == 204
    row = FeeAssignment.objects.latest("pk")
    assert row.kind == "exempt"
    last = {"last_day": "2026-06-30"}
    assert manager.post(here.url("end_fee_assignment", row.pk), last).status_code == 204
    row.refresh_from_db()
    assert row.ends_on == date(2026, 7, 1)
    assert manager.post(here.url("end_fee_assignment", row.pk), last).status_code == 422
    assert manager.post(here.url("end_fee_item", item.pk)).status_code == 204
    assert str(item) not in text(manager.get(here.url("fee_items")))


def test_a_discount_is_requested_and_approved_by_another(here, manager):
    values = {"item": here.fee_price.item.pk, "kind": "vacant", "percent": "30"}
    values |= {"begins_on": "2026-01-01", "ends_on": "2026-12-31", "reason": "by the contract"}
    assert manager.post(here.url("request_discount"), values).status_code == 204
    row = Discount.objects.latest("pk")
    assert row.ends_on == date(2027, 1, 1)
    own = manager.post(here.url("approve_discount", row.pk))
    assert own.status_code == 422
    other = signed_in(hire(here.site, StandardRole.MANAGER))
    assert "Approve" in text(other.get(here.url("discounts")))
    assert other.post(here.url("approve_discount", row.pk)).status_code == 204
    row.refresh_from_db()
    assert row.state == "approved"
    refused = other.post(here.url("refuse_discount", here.discount.pk), {"reason": "too much"})
    assert refused.status_code == 204


def test_a_lease_shows_its_rents_before_it_is_added(here, manager):
    item, unit = FeeItemFactory(site=here.site, method="lease"), paid_unit(here.site)
    values = {"name": "x", "person": here.resident.pk, "item": item.pk, "unit": str(unit)}
    values |= {"begins_on": "2026-11-16", "ends_on": "2027-01-15", "rent": "3000"}
    values |= {"steps": "2026-12-16 3300", "deposit": "6000", "number": "L-1"}
    shown = confirmed(manager, here.url("add_lease"), values)
    assert "¥1,500.00" in shown
    assert "¥6,000.00" in shown
    lease = Lease.objects.get(number="L-1")
    assert Deposit.objects.latest("pk").amount == 600_000
    assert "¥1,500.00" in text(manager.get(here.url("lease_months", lease.pk)))
    assert "L-1" in text(manager.get(here.url("leases"), {"q": "L-1"}))
    last = {"last_day": "2026-12-31"}
    assert manager.post(here.url("end_lease", lease.pk), last).status_code == 204
    lease.refresh_from_db()
    assert lease.ends_on == date(2027, 1, 1)


def test_a_shared_cost_is_entered_and_withdrawn(here, manager):
    item = here.shared_cost.item
    values = {"month": "2026-11", "amount": "123.45", "key": "equal"}
    assert manager.post(here.url("enter_shared_cost", item.pk), values).status_code == 204
    cost = SharedCost.objects.get(month=date(2026, 11, 1))
    assert sum(cost.parts.values_list("amount", flat=True)) == 12345
    assert "¥123.45" in text(manager.get(here.url("fee_item", item.pk)))
    assert manager.post(here.url("withdraw_shared_cost", cost.pk)).status_code == 204
    assert not SharedCost.objects.filter(pk=cost.pk).exists()


def test_a_single_charge_and_a_deposit_are_billed(here, finance):
    cleaning = FeeItemFactory(site=here.site, method="one_off")
    deposit = FeeItemFactory(site=here.site, method="deposit")
    values = {"name": "x", "person": here.resident.pk, "amount": "80", "description": "Cleaning"}
    for item in (cleaning, deposit):
        answer = finance.post(here.url("charge_once"), {**values, "item": item.pk})
        assert answer.status_code == 204
    assert [bill.total for bill in Bill.objects.order_by("-pk")[:2]] == [8000, 8000]
    assert Deposit.objects.latest("pk").amount == 8000
    nobody = finance.post(here.url("charge_once"), {**values, "item": cleaning.pk, "person": "new"})
    assert nobody.status_code == 422


def test_months_are_charged_ahead_after_a_look_at_each(here, finance):
    item, unit = here.fee_price.item, paid_unit(here.site, "100")
    values = {"unit": str(unit), "month": "2026-12", "months": "3"}
    shown = confirmed(finance, here.url("charge_ahead", item.pk), values)
    assert "¥840.00" in shown
    assert Bill.objects.latest("pk").total == 84_000
    again = finance.post(here.url("charge_ahead", item.pk), values)
    assert "2026-12: charged already" in text(again)


def test_without_a_fee_entered_by_hand_a_single_charge_leads_to_adding_one(client):
    site = SiteFactory()
    client.force_login(hire(site, StandardRole.FINANCE))
    shown = client.get(reverse("console:charge_once", args=[site.slug])).content.decode()
    assert reverse("console:add_fee_of_method", args=[site.slug, "one_off"]) in shown


def test_a_fee_entered_by_hand_has_an_income_account(here, finance):
    values = {"code": "repairs", "title": "Repairs", "vat_rate": "6", "income": "income_utilities"}
    url = here.url("add_fee_of_method", "one_off")
    assert 'value="income_fees" selected' in text(finance.get(url))
    assert finance.post(url, values).status_code == 204
    assert FeeItem.objects.get(code="repairs").income == "income_utilities"
