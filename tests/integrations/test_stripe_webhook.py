"""The webhook accepts events by their valid signature only."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models import LedgerEntry, Payment, ProviderEvent
from core import clock
from tests.factories import StayFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import HOOK, Deliver, post
from tests.fake_stripe.webhooks import sign
from tests.paying import begin

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(stripe: FakeStripe) -> Payment:
    """A checkout that waits for its payer."""
    stay = StayFactory(entered_at=clock.now() - timedelta(minutes=90))
    return begin(stay)


def untouched(payment: Payment) -> bool:
    """Whether no row was written."""
    payment.refresh_from_db()
    written = ProviderEvent.objects.exists() or LedgerEntry.objects.exists()
    return payment.state == "pending" and not written


def test_an_event_without_a_signature_is_refused(payment: Payment, stripe: FakeStripe) -> None:
    body, _signature = stripe.signed(stripe.pay())
    answer = Client().post(HOOK, body, content_type="application/json")
    assert answer.status_code == 400
    assert untouched(payment)


@pytest.mark.parametrize("signature", ["", "t=1,v1=00", "nonsense", "v1=,t="])
def test_an_event_with_a_wrong_signature_is_refused(
    payment: Payment, stripe: FakeStripe, signature: str
) -> None:
    body, _signature = stripe.signed(stripe.pay())
    assert post(body, signature) == 400
    assert untouched(payment)


def test_an_event_signed_with_another_secret_is_refused(
    payment: Payment, stripe: FakeStripe
) -> None:
    body, _signature = stripe.signed(stripe.pay())
    assert post(body, sign(body, "whsec_of_somebody_else")) == 400
    assert untouched(payment)


def test_an_event_altered_on_its_way_is_refused(payment: Payment, stripe: FakeStripe) -> None:
    body, signature = stripe.signed(stripe.pay(amount_total=1))
    assert post(body.replace(b'"amount_total": 1,', b'"amount_total": 1000,'), signature) == 400
    assert untouched(payment)


def test_a_replayed_old_event_is_refused(payment: Payment, stripe: FakeStripe) -> None:
    body, signature = stripe.signed(stripe.pay(), at=int(time.time()) - 3600)
    assert post(body, signature) == 400
    assert untouched(payment)


def test_without_a_secret_every_event_is_refused(
    payment: Payment, stripe: FakeStripe, settings: Any
) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ""
    body = json.dumps(stripe.pay()).encode()
    assert post(body, sign(body, "")) == 404
    assert untouched(payment)


def test_a_signed_body_that_is_no_json_is_refused(payment: Payment, stripe: FakeStripe) -> None:
    assert post(b"{", sign(b"{", stripe.secret)) == 400
    assert untouched(payment)


def test_only_post_is_accepted(db: None) -> None:
    assert Client().get(HOOK).status_code == 405


def test_the_webhook_needs_no_csrf_token(payment: Payment, stripe: FakeStripe) -> None:
    body, signature = stripe.signed(stripe.pay())
    answer = Client(enforce_csrf_checks=True).post(
        HOOK, body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    assert answer.status_code == 200


def test_an_unknown_kind_of_event_is_acknowledged(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    event = {**stripe.pay(), "type": "charge.succeeded"}
    assert deliver(event) == 200
    payment.refresh_from_db()
    assert payment.state == "pending"
    assert ProviderEvent.objects.get().type == "charge.succeeded"


def test_an_event_about_another_object_is_acknowledged(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    event = stripe.pay()
    event["data"]["object"] = {"id": "in_1", "object": "invoice"}
    assert deliver(event) == 200
    assert not LedgerEntry.objects.exists()


def test_another_shops_checkout_on_the_same_account_is_acknowledged_and_ignored(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    event = stripe.pay(metadata={}, client_reference_id="order 17", currency=None)
    assert deliver(event) == 200
    assert not LedgerEntry.objects.exists()


def test_an_event_that_failed_is_sent_again_and_then_processed(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    event = stripe.pay()
    odd = json.loads(json.dumps(event))
    # Half a króna: Stripe writes two places where the króna has none.
    odd["data"]["object"].update(currency="isk", amount_total=150)
    assert deliver(odd) == 500
    assert untouched(payment)
    assert deliver(event) == 200
    payment.refresh_from_db()
    assert payment.state == "paid"
