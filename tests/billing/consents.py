"""A payer's consent to auto-pay."""

from typing import Any

from billing.models import AutoPay
from billing.services.autopay import Consent, begin_autopay
from core.models import Site
from tests.factories import UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver

PAYER = ("person", "7")


def begin(site: Site, limit: int = 5000) -> AutoPay:
    autopay, url = begin_autopay(
        Consent(
            site,
            PAYER,
            UserFactory(),
            limit=limit,
            email="li@example.com",
            language="en",
            return_url="https://park.example/autopay/",
        )
    )
    assert url
    return autopay


def turn_on(site: Site, stripe: FakeStripe, deliver: Deliver, **options: Any) -> AutoPay:
    autopay = begin(site, **options)
    assert deliver(stripe.save_card()) == 200
    autopay.refresh_from_db()
    return autopay
