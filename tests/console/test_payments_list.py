"""The lists of finance: filters, the stay that each row is for, and exports."""

from datetime import timedelta

import pytest
from django.urls import reverse

from billing.models import Dispute, Payment
from billing.payers import key_of
from core import clock
from core.permissions import StandardRole
from parking.models import Stay
from tests.billing.club_fees import charges_of, pay
from tests.browsers import hire, signed_in, text
from tests.factories import SiteFactory
from tests.rooms import World

pytestmark = pytest.mark.django_db


def found(client, here, **query):
    return {row.pk for row in client.get(here.url("payments"), query).context["rows"]}


def test_a_payment_is_listed_with_its_stay_and_links_to_both(here, finance):
    shown = text(finance.get(here.url("payments")))
    assert here.url("finance_payment", here.payment.pk) in shown
    item = here.payment.items.get()
    stay = Stay.objects.get(public_id=item.charge.source_id)
    assert here.url("stay", stay.pk) in shown


def test_a_payment_of_a_bill_is_listed_with_bill_and_payer_and_so_is_its_page(here, finance):
    payer = here.billed_payer.payer
    pay(here.site, 10_600, *charges_of(here.bill), payer=payer)
    made = Payment.objects.latest("pk")
    links = (
        here.url("bill", here.bill.pk),
        reverse("console:payer_account", args=[here.site.slug, key_of(payer)]),
    )
    for page in (here.url("payments"), here.url("finance_payment", made.pk)):
        shown = text(finance.get(page))
        assert all(f'href="{address}"' in shown for address in links)


@pytest.mark.parametrize("query", [{"provider": "offline"}, {"state": "paid"}])
def test_payments_are_filtered_by_method_and_state(here, finance, query):
    assert here.payment.pk in found(finance, here, **query)
    Payment.objects.exclude(pk=here.payment.pk).update(provider="stripe")
    assert found(finance, here, provider="offline") == {here.payment.pk}
    assert found(finance, here, state="expired") == set()


def test_payments_are_found_by_receipt_number_reference_cashier_and_currency(here, finance):
    mine = here.payment
    assert found(finance, here, q=str(mine.receipt_no)) == {mine.pk}
    assert found(finance, here, q=mine.public_id) == {mine.pk}
    assert found(finance, here, q="9" * 30) == set()
    assert mine.pk in found(finance, here, taken_by=mine.taken_by.upper())
    assert found(finance, here, taken_by="no one") == set()
    assert mine.pk in found(finance, here, currency=mine.currency)


def test_payments_are_filtered_by_date(here, finance):
    tomorrow = f"{clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    assert found(finance, here, since=tomorrow) == set()
    assert here.payment.pk in found(finance, here, until=tomorrow)


def test_a_searched_cashier_is_not_in_the_address(here, finance):
    answer = finance.post(here.url("payments"), {"taken_by": "guard-7", "filter": "1"})
    assert "guard-7" not in answer["Location"]


def test_payments_of_another_site_are_not_listed(here, finance):
    there = World.build()
    assert there.payment.pk not in found(finance, here)


def test_an_export_has_amounts_as_decimals(here, finance):
    answer = finance.get(here.url("payments"), {"q": here.payment.public_id, "export": "csv"})
    _header, row = b"".join(answer.streaming_content).decode().splitlines()
    assert row.endswith("CNY,10.00")


def test_finance_links_to_all_payments(here, finance):
    assert here.url("payments") in text(finance.get(here.url("finance")))


def rows(client, here, url_name, **query):
    return list(client.get(here.url(url_name), query).context["rows"])


def test_what_is_due_for_refund_is_listed_with_its_amount_and_its_stay(here, finance):
    mine = here.refund.payment
    page = finance.get(here.url("finance"))
    assert [(row.pk, row.owed) for row in page.context["rows"]] == [(mine.pk, 1000)]
    assert here.url("stay", Stay.objects.get(pk=page.context["rows"][0].stay_pk).pk) in text(page)
    assert rows(finance, here, "finance", q="no such payment") == []
    answer = finance.get(here.url("finance"), {"export": "csv"})
    _header, row = b"".join(answer.streaming_content).decode().splitlines()
    assert row.endswith("CNY,10.00")


LISTS = {
    "finance": "No refunds are due.",
    "refunds": "No refunds yet.",
    "payments_in_doubt": "No payment is in doubt",
    "suspense": "No money is in suspense",
    "disputes": "No payment is disputed.",
}


@pytest.mark.parametrize("name", LISTS)
def test_each_list_of_finance_says_what_belongs_there_and_leads_to_the_others(name):
    site = SiteFactory()
    client = signed_in(hire(site, StandardRole.FINANCE))
    page = text(client.get(reverse(f"console:{name}", args=[site.slug])))
    assert LISTS[name] in page
    for other in LISTS:
        assert reverse(f"console:{other}", args=[site.slug]) in page


def test_refunds_are_found_by_state_and_by_the_receipt_of_their_payment(here, finance):
    mine = here.refund
    assert rows(finance, here, "refunds", state="requested") == [mine]
    assert rows(finance, here, "refunds", state="failed") == []
    assert rows(finance, here, "refunds", q=str(mine.payment.receipt_no)) == [mine]
    assert rows(finance, here, "refunds", q="0") == []
    shown = text(finance.get(here.url("refunds"), {"reset": "1"}))
    assert here.url("finance_payment", mine.payment.pk) in shown
    assert mine.reason in shown


def test_a_payment_in_doubt_is_listed_until_it_is_resolved(here, finance):
    assert rows(finance, here, "payments_in_doubt") == []
    Payment.objects.filter(pk=here.payment.pk).update(state="failed")
    assert rows(finance, here, "payments_in_doubt") == [here.payment]


def test_disputes_are_listed_with_their_payment_and_found_by_state(here, finance):
    lost = Dispute.objects.create(
        payment=here.payment,
        provider_ref="dp_1",
        amount=1000,
        currency="CNY",
        state="lost",
        created_at=clock.now(),
    )
    assert (
        rows(finance, here, "disputes") == rows(finance, here, "disputes", state="lost") == [lost]
    )
    assert rows(finance, here, "disputes", state="won") == []
    assert here.url("finance_payment", here.payment.pk) in text(
        finance.get(here.url("disputes"), {"reset": "1"})
    )


def test_rows_of_another_site_are_in_none_of_the_lists(here, finance):
    there = World.build()
    Payment.objects.filter(pk=there.payment.pk).update(state="failed")
    assert there.refund.payment.pk not in [row.pk for row in rows(finance, here, "finance")]
    assert there.refund not in rows(finance, here, "refunds")
    assert there.payment not in rows(finance, here, "payments_in_doubt")
