"""The adapter fulfils billing's port, by the real SDK over HTTP."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.ports import (
    CheckoutLine,
    CheckoutRequest,
    CheckoutStatus,
    ProviderRefusedError,
    ProviderUnreachableError,
)
from core import clock
from core.money import Money
from integrations.stripe.adapter import StripeProvider
from tests.fake_stripe import FakeStripe


@pytest.fixture
def provider(fake: FakeStripe) -> StripeProvider:
    return StripeProvider("sk_test_x", fake.url, timeout=60, retries=0)


@pytest.fixture
def request_() -> CheckoutRequest:
    return CheckoutRequest(
        payment="abc",
        site="riverside",
        money=Money(1250, "CNY"),
        lines=(CheckoutLine("Parking at Riverside", Money(1250, "CNY")),),
        language="en",
        return_url="https://park.example/",
        expires_at=clock.now() + timedelta(minutes=45),
    )


def test_a_checkout_is_begun_and_looked_up(
    provider: StripeProvider, request_: CheckoutRequest
) -> None:
    begun = provider.begin(request_)
    assert (begun.status, begun.payment, begun.site) == (CheckoutStatus.OPEN, "abc", "riverside")
    assert begun.money == Money(1250, "CNY")
    assert provider.look_up(begun.reference) == begun


def test_the_same_attempt_is_the_same_checkout(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe
) -> None:
    assert provider.begin(request_) == provider.begin(request_)
    assert len(fake.books.sessions) == 1


def test_the_same_attempt_with_other_parameters_is_refused(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe
) -> None:
    provider.begin(request_)
    with pytest.raises(ProviderRefusedError, match="other parameters"):
        provider.begin(replace(request_, lines=(CheckoutLine("Parking", Money(9, "CNY")),)))
    assert len(fake.books.sessions) == 1


@pytest.mark.parametrize("fault", ["lost_answers", "lost_requests", "broken_answers"])
def test_a_missing_answer_is_unreachable_and_an_error_is_a_refusal(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe, fault: str
) -> None:
    setattr(fake, fault, 1)
    with pytest.raises(ProviderUnreachableError):
        provider.begin(request_)


def test_a_call_that_is_being_processed_elsewhere_is_no_refusal(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe
) -> None:
    fake.busy_keys = True
    with pytest.raises(ProviderUnreachableError):
        provider.begin(request_)


def test_a_wrong_key_is_a_refusal(fake: FakeStripe, request_: CheckoutRequest) -> None:
    with pytest.raises(ProviderRefusedError, match="No valid API key"):
        StripeProvider("rubbish", fake.url, retries=0).begin(request_)


def test_a_language_unknown_to_checkout_follows_the_browser(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe
) -> None:
    provider.begin(replace(request_, language="ug"))
    assert fake.session["locale"] == "auto"


def test_a_paid_checkout_has_stripes_time_of_payment(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe
) -> None:
    begun = provider.begin(request_)
    fake.pay(at=1_800_000_000)
    found = provider.look_up(begun.reference)
    assert found.status == CheckoutStatus.PAID
    assert found.paid_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert found.url == ""


def test_a_processing_checkout_differs_from_a_failed_one(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe
) -> None:
    begun = provider.begin(request_)
    fake.promise()
    assert provider.look_up(begun.reference).status == CheckoutStatus.PROCESSING
    fake.bank_answers(paid=False)
    assert provider.look_up(begun.reference).status == CheckoutStatus.FAILED


def test_an_open_checkout_is_expired_and_a_paid_one_unchanged(
    provider: StripeProvider, request_: CheckoutRequest, fake: FakeStripe
) -> None:
    first = provider.begin(request_)
    assert provider.expire(first.reference).status == CheckoutStatus.EXPIRED
    second = provider.begin(replace(request_, payment="def"))
    fake.pay()
    assert provider.expire(second.reference).status == CheckoutStatus.PAID


def test_an_unknown_checkout_is_a_refusal(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefusedError, match="No such checkout"):
        provider.look_up("cs_unknown")
