"""A stay that owes something, and a Stripe of one's own to pay it with."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

from billing import ports
from core import clock
from integrations.stripe.adapter import StripeProvider
from parking.models import Stay
from tests.factories import StayFactory
from tests.fake_stripe import FakeStripe

HOOK = "/hooks/stripe/"
Wire = Callable[..., None]


@pytest.fixture
def stay(db: None) -> Stay:
    """A stay of an hour and a half: ten yuan."""
    return StayFactory(entered_at=clock.now() - timedelta(minutes=90))


@pytest.fixture
def fake(settings: object) -> Iterator[FakeStripe]:
    """A Stripe that keeps its events until the test delivers them."""
    with FakeStripe() as fake:
        settings.STRIPE_WEBHOOK_SECRET = fake.secret
        yield fake


@pytest.fixture
def wire(fake: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Wire the product's own adapter to the fake Stripe, as patient as the test says."""

    def wired(*, timeout: float = 5, retries: int = 0) -> None:
        provider = StripeProvider("sk_test_x", fake.url, timeout=timeout, retries=retries)
        monkeypatch.setitem(ports.PROVIDERS, "stripe", provider)

    return wired


@pytest.fixture
def stripe(fake: FakeStripe, wire: Wire) -> FakeStripe:
    """A Stripe that the product is wired to."""
    wire()
    return fake


@pytest.fixture
def no_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without an account at a provider."""
    monkeypatch.delitem(ports.PROVIDERS, "stripe", raising=False)


@pytest.fixture
def deliver(stripe: FakeStripe) -> Callable[..., int]:
    """Deliver events of the fake Stripe to the webhook; return the last answer's status."""

    def send(*events: dict) -> int:
        for event in events:
            status = post(stripe, event)
        return status

    return send


def post(stripe: FakeStripe, event: dict) -> int:
    """Post one signed event as Stripe does; return the answer's status."""
    body, signature = stripe.signed(event)
    answer = Client(raise_request_exception=False).post(
        HOOK, body, content_type="application/json", headers={"Stripe-Signature": signature}
    )
    return answer.status_code
