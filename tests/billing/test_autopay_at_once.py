"""Auto-pay that is turned on twice at once, as by a second click."""

from functools import partial

import pytest

from billing.models import AutoPay
from billing.services.autopay import Consent, begin_autopay
from core.models import Site
from tests.at_once import at_once
from tests.factories import SiteFactory, UserFactory
from tests.fake_stripe import FakeStripe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(transactional_db: None) -> Site:
    return SiteFactory(timezone="UTC")


def test_of_several_consents_at_once_one_is_kept(site: Site, stripe: FakeStripe) -> None:
    consent = Consent(
        site,
        ("person", "7"),
        UserFactory(),
        limit=5000,
        email="li@example.com",
        language="en",
        return_url="https://park.example/autopay/",
    )
    at_once(*[partial(begin_autopay, consent)] * 6)
    assert AutoPay.objects.exclude(state="stopped").count() == 1
