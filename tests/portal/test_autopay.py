"""Residents turn auto-pay on and off on their own page."""

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import AutoPay
from people.models import Binding
from tests.browsers import signed_in, text
from tests.factories import BindingFactory, OccupancyFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import fake, no_stripe, stripe, wire

__all__ = ["fake", "no_stripe", "stripe", "wire"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def resident() -> Binding:
    return BindingFactory(person=OccupancyFactory(role="owner").person)


@pytest.fixture
def browser(resident: Binding) -> Client:
    return signed_in(resident.user)


def address(name: str, resident: Binding) -> str:
    return reverse(f"portal:{name}", args=[resident.pk])


def agree(browser: Client, resident: Binding, **values: str) -> object:
    given = {"limit": "300", "email": "li@example.com", "agreed": "on", **values}
    return browser.post(address("autopay", resident), given)


def test_it_is_turned_on_on_the_provider_s_page(browser, resident, stripe: FakeStripe) -> None:
    assert agree(browser, resident)["Location"] == stripe.session["url"]
    stripe.save_card()
    page = browser.get(address("autopay_back", resident), follow=True)
    assert "visa 4242" in text(page)
    found = AutoPay.objects.get()
    assert (found.limit, found.payer) == (30_000, ("person", str(resident.person_id)))
    assert found.consented_by == resident.user


@pytest.mark.parametrize("values", [{"agreed": ""}, {"limit": "0"}, {"limit": ""}, {"email": ""}])
def test_nothing_is_begun_without_consent_limit_and_address(
    browser, resident, stripe: FakeStripe, values
) -> None:
    assert agree(browser, resident, **values).status_code == 422
    assert not AutoPay.objects.exists()


def test_it_is_turned_off_at_once(browser, resident, stripe: FakeStripe) -> None:
    agree(browser, resident)
    stripe.save_card()
    browser.get(address("autopay_back", resident))
    page = browser.post(address("stop_autopay", resident), follow=True)
    assert "Auto-pay is off" in text(page)
    assert AutoPay.objects.get().state == "stopped"


def test_without_a_provider_it_is_not_offered(browser, resident, no_stripe: None) -> None:
    assert "not offered here" in text(browser.get(address("autopay", resident)))


def test_a_neighbour_s_is_not_shown(browser, resident, stripe: FakeStripe) -> None:
    agree(browser, resident)
    stripe.save_card()
    browser.get(address("autopay_back", resident))
    other = BindingFactory(person=OccupancyFactory(person__site=resident.site).person)
    assert "visa" not in text(signed_in(other.user).get(address("autopay", other)))
    assert signed_in(other.user).get(address("autopay", resident)).status_code == 404
