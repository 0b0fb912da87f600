"""The pages of billing runs, by their addresses."""

import pytest
from django.urls import reverse

from billing.models import Bill
from core.jobs import run_waiting
from core.permissions import StandardRole
from fees.models import BillRun
from fees.permissions import FeePermission
from people.models import RolePermission
from tests.billing.club_fees import charges_of, pay
from tests.browsers import hire
from tests.factories import FeeItemFactory, FeePriceFactory, SiteFactory
from tests.fees.runs_of_site import issue, preview
from tests.fees.units import DECEMBER, NOVEMBER, paid_unit, unit_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    return SiteFactory()


@pytest.fixture
def item(site):
    return FeePriceFactory(item__site=site, item__title="Property").item


@pytest.fixture
def finance(client, site):
    client.force_login(hire(site, StandardRole.FINANCE))
    return client


def address(site, name, *args):
    return reverse(f"console:{name}", args=[site.slug, *args])


def test_a_run_is_started_checked_and_issued_from_its_pages(finance, site, item):
    paid_unit(site)
    unit_of(site)
    values = {"month": "2026-11", "items": [item.pk]}
    started = finance.post(address(site, "new_fee_run"), values, headers={"HX-Request": "true"})
    run = BillRun.objects.get(site=site, month=NOVEMBER)
    assert started.headers["HX-Redirect"] == address(site, "fee_run", run.pk)
    run_waiting()
    shown = finance.get(address(site, "fee_run", run.pk)).content.decode()
    assert "250.96" in shown
    assert address(site, "fee_run_left_out", run.pk) + "?reason=no_payer" in shown
    asked = finance.get(address(site, "issue_fee_run", run.pk)).content.decode()
    assert "1 bill of" in asked
    assert finance.post(address(site, "issue_fee_run", run.pk)).status_code == 204
    run_waiting()
    assert Bill.objects.get().total == 25096


def test_a_run_that_is_issued_is_undone_with_a_reason(finance, site, item):
    paid_unit(site)
    run = issue(preview(site, item))
    target = address(site, "undo_fee_run", run.pk)
    assert finance.post(target, {"reason": ""}).status_code == 422
    assert finance.post(target, {"reason": "wrong area"}).status_code == 204
    run_waiting()
    assert BillRun.objects.get(pk=run.pk).state == "undone"


def test_a_run_that_is_undone_links_to_the_bills_that_were_kept(finance, site, item):
    paid_unit(site)
    run = issue(preview(site, item))
    bill = Bill.objects.get()
    pay(site, 100, *charges_of(bill), payer=bill.payer)
    assert finance.post(address(site, "undo_fee_run", run.pk), {"reason": "x"}).status_code == 204
    run_waiting()
    shown = finance.get(address(site, "fee_run", run.pk)).content.decode()
    assert address(site, "bill", bill.pk) in shown


def test_a_month_far_away_is_rejected_at_its_field(finance, site, item):
    answer = finance.post(
        address(site, "new_fee_run"), {"month": "2199-01", "items": [item.pk]}
    )  # fmt: skip
    assert answer.status_code == 422
    assert not BillRun.objects.exists()


def test_units_that_are_left_out_are_listed_with_their_reason(finance, site, item):
    unit = unit_of(site)
    run = preview(site, item)
    shown = finance.get(address(site, "fee_run_left_out", run.pk)).content.decode()
    assert str(unit) in shown
    assert "Nobody pays this fee" in shown


def test_without_a_fee_the_dialog_of_a_run_leads_to_adding_one(client, site):
    client.force_login(hire(site, StandardRole.MANAGER))
    shown = client.get(address(site, "new_fee_run")).content.decode()
    assert "No fee is charged by month yet" in shown
    assert address(site, "add_fee_item") in shown


def test_without_a_price_the_dialog_of_a_run_leads_to_setting_one(client, site):
    client.force_login(hire(site, StandardRole.MANAGER))
    item = FeeItemFactory(site=site)
    shown = client.get(address(site, "new_fee_run")).content.decode()
    assert "No fee has a price yet" in shown
    assert address(site, "set_fee_price", item.pk) in shown


def test_who_may_not_manage_fees_reads_what_is_missing_without_a_button(client, site):
    RolePermission.objects.filter(permission__code=FeePermission.MANAGE_FEES).delete()
    client.force_login(hire(site, StandardRole.FINANCE))
    shown = client.get(address(site, "new_fee_run")).content.decode()
    assert "No fee is charged by month yet" in shown
    assert address(site, "add_fee_item") not in shown


def test_a_month_in_which_no_price_applies_is_rejected_at_the_fees(finance, site):
    item = FeePriceFactory(item__site=site, begins_on=DECEMBER).item
    answer = finance.post(
        address(site, "new_fee_run"), {"month": "2026-11", "items": [item.pk]}
    )  # fmt: skip
    assert answer.status_code == 422
    assert "No price of these fees applies in 2026-11" in answer.content.decode()
