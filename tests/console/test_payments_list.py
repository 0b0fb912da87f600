"""The list of payments: filters, the stay that each is for, and exports."""

from datetime import timedelta

import pytest

from billing.models import Payment
from core import clock
from parking.models import Stay
from tests.browsers import text
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
