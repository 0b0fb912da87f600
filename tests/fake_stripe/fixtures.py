"""Fixtures of the fake Stripe, for import in an app's conftest."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from billing import ports
from integrations.stripe.adapter import StripeProvider
from tests.fake_stripe import FakeStripe

HOOK = "/hooks/stripe/"
Wire = Callable[..., None]
Deliver = Callable[..., int]


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeStripe]:
    """A Stripe that keeps its events until the test delivers them."""
    with FakeStripe() as fake:
        settings.STRIPE_WEBHOOK_SECRET = fake.secret
        yield fake


@pytest.fixture
def wire(fake: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Wire the product's adapter to the fake Stripe, with the test's timeout."""

    def wired(*, timeout: float = 5, retries: int = 0) -> None:
        provider = StripeProvider("sk_test_x", fake.url, timeout=timeout, retries=retries)
        monkeypatch.setitem(ports.PROVIDERS, "stripe", provider)

    return wired


@pytest.fixture
def stripe(fake: FakeStripe, wire: Wire) -> FakeStripe:
    """A fake Stripe wired to the product."""
    wire()
    return fake


@pytest.fixture
def no_stripe(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without a payment provider."""
    monkeypatch.delitem(ports.PROVIDERS, "stripe", raising=False)


@pytest.fixture
def deliver(fake: FakeStripe) -> Deliver:
    """Deliver events to the webhook in order; return the last response's status."""

    def send(*events: dict[str, Any]) -> int:
        return [post(*fake.signed(event)) for event in events][-1]

    return send


def post(body: bytes, signature: str, account: str = "") -> int:
    """Post one event to a webhook, the installation's by default; return the status."""
    client = Client(raise_request_exception=False)
    headers = {"Stripe-Signature": signature}
    path = f"{HOOK}{account}/" if account else HOOK
    answer = client.post(path, body, content_type="application/json", headers=headers)
    return answer.status_code
