"""Online payment is wired where an account is set, over real HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from billing import ports
from billing.models import Payment
from billing.selectors import online_payment_available
from config.wiring import wire_payments
from core import clock
from integrations.stripe.apps import account_is_complete
from tests.config.running import eventually
from tests.factories import SiteFactory, StayFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.webhooks import to_address
from tests.paying import begin


@pytest.fixture
def account(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings, of an installation that was not wired yet."""
    monkeypatch.setattr(ports, "PROVIDERS", {})
    settings.STRIPE_API_KEY = settings.STRIPE_WEBHOOK_SECRET = settings.STRIPE_API_BASE = ""
    return settings


@pytest.mark.django_db
def test_without_a_key_online_payment_is_not_offered(account: Any) -> None:
    wire_payments()
    assert not online_payment_available(SiteFactory())
    assert account_is_complete() == []


@pytest.mark.django_db
def test_a_key_without_a_secret_offers_it_with_a_warning(account: Any) -> None:
    account.STRIPE_API_KEY = "sk_test_x"
    wire_payments()
    assert online_payment_available(SiteFactory())
    assert [warning.id for warning in account_is_complete()] == ["stripe.W001"]


def test_a_key_and_a_secret_are_all_it_needs(account: Any) -> None:
    account.STRIPE_API_KEY, account.STRIPE_WEBHOOK_SECRET = "sk_test_x", "whsec_x"
    assert account_is_complete() == []


@pytest.mark.django_db(transaction=True)
def test_a_payment_travels_to_stripe_and_back_over_http(account: Any, live_server: Any) -> None:
    with FakeStripe(deliver=to_address(f"{live_server.url}/hooks/stripe/")) as stripe:
        account.STRIPE_API_KEY, account.STRIPE_API_BASE = "sk_test_x", stripe.url
        account.STRIPE_WEBHOOK_SECRET = stripe.secret
        wire_payments()
        stay = StayFactory(entered_at=clock.now() - timedelta(minutes=90))
        begin(stay, return_url=live_server.url)
        stripe.pay()
        assert eventually(lambda: Payment.objects.get().state == "paid")
    assert Payment.objects.get().receipt_no == 1
