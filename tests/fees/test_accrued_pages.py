"""Late fees that accrue by the day: pages show them, and checkouts ask for the same."""

# Fixtures are imported, and named again by the tests that take them.
# ruff: noqa: F811

from datetime import date

import pytest
from django.urls import reverse

from billing.accruals import accrued_on
from billing.bill_links import token_of
from billing.models import Bill, BillingSettings, Charge, Payment
from billing.outstanding import owed_by
from billing.services import bill_charges
from core.permissions import StandardRole
from fees.late_fees import post_late_fees
from fees.models import FeeItem
from fees.services.waivers import request_waiver
from tests.browsers import hire, signed_in, text
from tests.fees.late_payers import (  # noqa: F401
    allocated,
    part_payments,
    receive,
    statutory,
    till,
)
from tests.fees.runs_of_site import issue, preview
from tests.fees.test_late_fees import DUE, NEW_YEAR, calendar, fee, owner, posted, site  # noqa: F401
from tests.gate import staff

pytestmark = pytest.mark.django_db
TENTH = date(2026, 12, 10)


def page_of(site, name, *arguments):
    """A page as a manager reads it."""
    address = reverse(f"console:{name}", args=[site.slug, *arguments])
    return text(signed_in(hire(site, StandardRole.MANAGER)).get(address))


def test_the_account_shows_what_has_accrued_until_today(site, owner, fee, calendar):
    calendar(TENTH)
    shown = page_of(site, "payer_account", f"person-{owner[1]}")
    assert "Late fee until today: Fee" in shown
    assert "CN¥1,010.00" in shown


def test_the_desk_shows_what_has_accrued_and_takes_that_amount(
    site, owner, fee, calendar, statutory
):
    calendar(TENTH)
    assert "Owes CN¥1,010.00" in page_of(site, "payer", owner[1], "person")
    dialog = page_of(site, "take_payment", owner[1], "person")
    assert "CN¥10.00 on all these charges, are added and paid first." in dialog


def test_the_bill_shows_late_fees_and_the_checkout_asks_for_the_same(
    client, site, owner, calendar, statutory, till
):
    calendar(TENTH)
    token = token_of(Bill.objects.get())
    assert (
        "Pay CN¥1,010.00" in client.get(reverse("portal:bill_link", args=[token])).content.decode()
    )
    pay_url = reverse("portal:bill_link_pay", args=[token])
    assert "CN¥1,010.00" in client.get(pay_url).content.decode()
    client.post(pay_url, {"amount": "1010.00", "email": ""})
    assert till.asked.money.minor == 101_000
    till.pay()
    assert owed_by(site, owner) == []


def test_a_part_of_what_the_bill_shows_settles_the_late_fee_first(
    client, site, owner, calendar, statutory, till
):
    calendar(TENTH)
    pay_url = reverse("portal:bill_link_pay", args=[token_of(Bill.objects.get())])
    client.post(pay_url, {"amount": "400.00", "email": ""})
    till.pay()
    assert sorted(allocated(Payment.objects.get())) == [("fee", 39_000), ("late_fee", 1000)]


def test_with_the_principal_first_the_bill_shows_late_fees_beside_its_amount(
    client, site, owner, calendar, till
):
    calendar(TENTH)
    token = token_of(Bill.objects.get())
    shown = client.get(reverse("portal:bill_link", args=[token])).content.decode()
    assert "Pay CN¥1,000.00" in shown
    assert "billed separately" in shown


def test_what_has_accrued_on_many_fees_takes_few_statements(
    site, owner, calendar, django_assert_max_num_queries
):
    item = FeeItem.objects.get()
    for month in (9, 10):
        issue(preview(site, item, month=date(2026, month, 1)))
    calendar(TENTH)
    fees = list(Charge.objects.filter(source_type="fee").select_related("site"))
    with django_assert_max_num_queries(7):
        assert len(accrued_on(fees)) == 3


def test_a_waiver_is_shown_with_its_reason_on_the_account_and_on_the_bill(
    client, site, owner, fee, calendar
):
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    bill = bill_charges(site, owner, [late], staff(), due_on=date(2027, 1, 31))
    request_waiver(late, staff(), amount=3000, reason="flooded cellar")
    pages = [
        page_of(site, "payer_account", f"person-{owner[1]}"),
        page_of(site, "bill", bill.pk),
        text(client.get(reverse("portal:bill_link", args=[token_of(bill)]))),
    ]
    for shown in pages:
        assert "CN¥30.00" in shown
        assert "waived" in shown
        assert "flooded cellar" in shown


def test_a_late_fee_that_was_waived_in_full_stays_on_the_account(site, owner, calendar):
    BillingSettings.objects.create(site=site, waiver_limit=5000)
    calendar(NEW_YEAR)
    post_late_fees(site, NEW_YEAR)
    late = Charge.objects.get(source_type="late_fee")
    request_waiver(late, staff(), amount=3200, reason="our mistake")
    assert "our mistake" in page_of(site, "payer_account", f"person-{owner[1]}")
