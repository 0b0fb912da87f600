"""A bill by its signed link: seen and paid without signing in, that bill alone."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.urls import reverse

from billing import explanations, ports
from billing.bill_links import bill_link, token_of
from billing.models import BillingSettings, Payment
from billing.outstanding import amount_due
from billing.selectors import owed_back
from billing.services import Cause, credit_bill, record_cash
from billing.services.charging import latest_charge
from core import clock
from core.jobs import run_waiting
from metering.services import enter_reading
from tests.billing import club_fees
from tests.billing.club_fees import bill_of, charges_of, club_charge, pay
from tests.factories import SiteFactory, UserFactory
from tests.metering.meters import install_meter, on
from tests.photos import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _club_fees(monkeypatch):
    monkeypatch.setattr(ports, "_sources", dict(ports._sources))
    monkeypatch.setattr(explanations, "_explain", dict(explanations._explain))
    club_fees.register()
    cache.clear()


@pytest.fixture
def site():
    return SiteFactory(phone="+86 21 5555 0100", wallets="WeChat Pay, Alipay")


@pytest.fixture
def bill(site):
    """A bill over 487.32: a fee and water, of which the fee cost 300.00 in the period before."""
    bill_of(site, club_charge("fee", 30000, period="2026-10"))
    return bill_of(site, club_charge("fee", 36000), club_charge("water", 12732))


def url(name, bill, *more):
    return reverse(f"portal:{name}", args=[token_of(bill), *more])


def text_of(answer):
    return answer.content.decode()


def test_the_link_shows_amount_lines_and_the_period_before(client, bill, stripe):
    text = text_of(client.get(urlsplit(bill_link(bill)).path))
    assert "CN¥487.32" in text
    assert "Club water" in text
    assert "CN¥300.00 in the period before, now CN¥60.00 more." in " ".join(text.split())
    assert "+86 21 5555 0100" in text
    assert "WeChat Pay, Alipay" in text


def test_the_link_shows_nothing_of_another_bill(client, bill, site):
    other = bill_of(site, club_charge("other", 99900), payer=("person", "77"))
    assert other.number not in text_of(client.get(url("bill_link", bill)))
    forged = token_of(bill).replace(bill.public_id, other.public_id)
    assert client.get(reverse("portal:bill_link", args=[forged])).status_code == 404


def test_a_link_expires_by_the_site_s_setting(client, bill, site, monkeypatch):
    BillingSettings.objects.create(site=site, link_days=10)
    path = url("bill_link", bill)
    assert client.get(path).status_code == 200
    later = clock.now() + timedelta(days=11)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    answer = client.get(path)
    assert answer.status_code == 404
    assert bill.number not in text_of(answer)


def test_guesses_of_links_are_limited(client, bill):
    answers = [client.get(reverse("portal:bill_link", args=[f"x{n}"])) for n in range(25)]
    assert answers[-1].status_code == 429


def test_three_taps_lead_to_the_provider_and_back_to_the_receipt(client, bill, stripe, deliver):
    token = token_of(bill)
    page = reverse("portal:bill_link", args=[token])
    check = reverse("portal:bill_link_pay", args=[token])
    assert f'href="{check}"' in text_of(client.get(page))
    assert "Go to payment" in text_of(client.get(check))
    answer = client.post(check, {"email": "li@example.com"})
    assert (answer.status_code, answer["Location"]) == (303, stripe.session["url"])
    deliver(stripe.pay())
    shown = text_of(client.get(reverse("portal:bill_link_payment", args=[token, "latest"])))
    receipt = reverse("portal:receipt", args=[Payment.objects.get().public_id])
    assert "Paid. Thank you." in shown
    assert receipt in shown
    assert {each.state for each in charges_of(bill)} == {"settled"}
    assert "CN¥487.32 paid" in text_of(client.get(page))
    assert "Nothing is to be paid." in text_of(client.get(check))
    assert "Club water" in text_of(client.get(receipt))


def test_what_a_stranger_paid_beyond_what_was_due_is_due_for_refund(client, bill, stripe, deliver):
    client.post(url("bill_link_pay", bill), {"email": ""})
    event = stripe.pay()
    for charge in charges_of(bill):
        record_cash(charge, UserFactory())
    deliver(event)
    (owed,) = owed_back(bill.site)
    assert (owed.money.minor, owed.payment.payer) == (48732, None)
    receipt = text_of(client.get(reverse("portal:receipt", args=[owed.payment.public_id])))
    assert "To be refunded to you" in receipt


def test_a_payment_under_way_is_never_called_declined(client, bill, stripe, deliver):
    client.post(url("bill_link_pay", bill), {"email": ""})
    page = url("bill_link_payment", bill, "latest")
    assert "not complete" in text_of(client.get(page))
    deliver(stripe.promise())
    assert "is being confirmed" in text_of(client.get(page))


def test_an_expired_payment_can_be_tried_again(client, bill, stripe, deliver):
    client.post(url("bill_link_pay", bill), {"email": ""})
    deliver(stripe.expire())
    assert "declined" in text_of(client.get(url("bill_link_payment", bill, "latest")))
    assert client.post(url("bill_link_pay", bill), {"email": ""}).status_code == 303


def test_a_part_can_be_paid_where_the_site_accepts_it(client, bill, site, stripe, deliver):
    assert "Amount to pay" not in text_of(client.get(url("bill_link_pay", bill)))
    BillingSettings.objects.create(site=site, allows_part_payment=True)
    for amount in ("487.33", "0", "0.001", "x"):
        refused = client.post(url("bill_link_pay", bill), {"email": "", "amount": amount})
        assert refused.status_code == 422
    client.post(url("bill_link_pay", bill), {"email": "", "amount": "400"})
    deliver(stripe.pay())
    assert amount_due(bill).minor == 8732


def test_a_credit_note_is_shown_and_lowers_what_is_due(client, bill, stripe):
    line = bill.lines.get(position=2)
    credit_bill(bill, UserFactory(), reason="leak", amounts={line.pk: 2732})
    text = " ".join(text_of(client.get(url("bill_link", bill))).split())
    assert "Pay CN¥460.00" in text
    assert "reduces this bill by CN¥27.32" in text


def test_the_receipt_of_a_bill_that_was_credited_in_part_is_listed_with_what_counts(
    client, bill, site
):
    line = bill.lines.get(position=2)
    credit_bill(bill, UserFactory(), reason="leak", amounts={line.pk: 2732})
    payment = pay(site, 12000, latest_charge(Cause.of(line.charge)))
    shown = " ".join(text_of(client.get(url("bill_link", bill))).split())
    receipt = reverse("portal:receipt", args=[payment.public_id])
    assert f'href="{receipt}"> <span>CN¥100.00' in shown


def test_a_photo_is_shown_of_readings_of_the_bill_only(client, bill, site):
    meter = install_meter(site)
    shown, other = (
        enter_reading(meter, UserFactory(), register=Decimal(day), at=on(day), photo=jpeg(96, 72))
        for day in (10, 20)
    )
    explanations.register_explanation(
        "club",
        lambda charge, lines: [
            explanations.LineText("Water", "10 m³", charge.amount, readings=(shown.pk,))
        ],
    )
    assert f"/readings/{shown.pk}/photo/" in text_of(client.get(url("bill_link", bill)))
    answer = client.get(url("bill_link_photo", bill, shown.pk))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert client.get(url("bill_link_photo", bill, other.pk)).status_code == 404


def test_the_pdf_of_a_bill_is_downloaded(client, bill):
    path = url("bill_link_pdf", bill)
    assert "is being created" in text_of(client.get(path))
    run_waiting()
    assert b"".join(client.get(path).streaming_content).startswith(b"%PDF-")


def test_the_page_takes_few_statements(client, bill, stripe, django_assert_max_num_queries):
    path = url("bill_link", bill)
    with django_assert_max_num_queries(12):
        client.get(path)
