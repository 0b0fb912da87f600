"""Auto-pay where the provider is missing, does not answer, or is not asked."""

import pytest

from billing.models import AutoPay
from billing.services.autopay import refresh_autopay, stop_autopay
from core.models import Site
from tests.billing.consents import begin, turn_on
from tests.factories import SiteFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    return SiteFactory(timezone="UTC")


def test_without_an_account_of_the_provider_it_is_not_offered(site: Site, no_stripe: None) -> None:
    assert rejected(begin, site) == ("payment", "provider_not_configured")
    assert not AutoPay.objects.exists()


def test_a_provider_that_does_not_answer_may_be_asked_again(site: Site, stripe: FakeStripe) -> None:
    stripe.lost_requests = 1
    assert rejected(begin, site) == ("payment", "provider_unavailable")
    assert begin(site).state == "pending"
    stripe.save_card()
    stripe.lost_requests = 1
    autopay = AutoPay.objects.latest("pk")
    assert rejected(refresh_autopay, autopay) == ("payment", "provider_unavailable")
    assert refresh_autopay(autopay).state == "active"


def test_a_consent_that_is_on_or_off_is_not_looked_up(
    site: Site, stripe: FakeStripe, deliver: Deliver
) -> None:
    autopay = turn_on(site, stripe, deliver)
    stripe.lost_requests = 9
    assert refresh_autopay(autopay).state == "active"
    stop_autopay(autopay, "the payer", reason="moved out")
    autopay.refresh_from_db()
    assert refresh_autopay(autopay).state == "stopped"
