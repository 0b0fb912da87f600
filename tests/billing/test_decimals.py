"""Currencies without decimals, with three and with four, from the cash dialog to the refund."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse

from billing.models import Payment, Refund
from billing.selectors import owed_back
from core import clock
from core.money import Money
from parking.charges import cancel
from parking.models import LotRules, Stay
from tests.billing.books import standing
from tests.browsers import hire, signed_in
from tests.factories import HOURLY, LotFactory, SiteFactory, StayFactory, TariffFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.paying import begin, payments_of, record_cash_payment

pytestmark = pytest.mark.django_db
# Each with 1,000 minor units as people write them, and what is finer than the minor unit.
CURRENCIES = [("JPY", "1000", "0.5"), ("KWD", "1.000", "0.0005"), ("CLF", "0.1000", "0.00005")]


@pytest.fixture(params=CURRENCIES, ids=[name for name, *_ in CURRENCIES])
def priced(request: pytest.FixtureRequest) -> Iterator[tuple[Stay, str, str]]:
    """A stay that costs 1,000 minor units, the amount as written, and one too fine."""
    currency, written, too_fine = request.param
    lot = LotFactory(site=SiteFactory(currency=currency))
    tariff = TariffFactory(lot=lot, document=HOURLY | {"currency": currency})
    entered_at = clock.now() - timedelta(minutes=90)
    stay = StayFactory(lot=lot, tariff=tariff, currency=currency, entered_at=entered_at)
    return stay, written, too_fine


def test_cash_is_shown_booked_and_receipted_exactly(client, priced):
    stay, written, _too_fine = priced
    shown = Money(1000, stay.currency).written("en")
    assert written.rstrip("0").rstrip(".") in shown.replace(",", "")
    guard = signed_in(hire(stay.site, "guard"))
    url = reverse("console:cash", args=[stay.site.slug, stay.pk])
    dialog = guard.get(url).content.decode()
    assert shown in dialog
    quote = re.search(r'name="quote" value="(\d+)"', dialog)[1]
    assert guard.post(url, {"quote": quote}).status_code == 204
    (payment,) = payments_of(stay)
    assert (payment.amount, payment.currency) == (1000, stay.currency)
    receipt = client.get(reverse("portal:receipt", args=[payment.public_id])).content.decode()
    assert shown in receipt


def test_a_refund_in_cash_is_of_the_exact_amount(priced):
    stay, written, too_fine = priced
    payment = record_cash_payment(stay, hire(stay.site, "guard"))
    cancel(stay)
    client = signed_in(hire(stay.site, "finance"))
    url = reverse("console:refund_payment", args=[stay.site.slug, payment.pk])
    assert f'value="{written}"' in client.get(url).content.decode()
    assert client.post(url, {"amount": too_fine, "reason": "left at once"}).status_code == 422
    assert client.post(url, {"amount": written, "reason": "left at once"}).status_code == 204
    refund = Refund.objects.get()
    approve = reverse("console:approve_refund", args=[stay.site.slug, refund.pk])
    assert signed_in(hire(stay.site, "finance")).post(approve).status_code == 204
    assert (refund.amount, refund.currency) == (1000, stay.currency)
    assert (owed_back(stay.site), standing(stay.site)) == ([], {})


@pytest.mark.parametrize("priced", CURRENCIES[:2], indirect=True)
def test_stripe_collects_and_refunds_the_exact_amount(priced, stripe: FakeStripe, deliver: Deliver):
    stay, _written, _too_fine = priced
    begin(stay)
    record_cash_payment(stay, hire(stay.site, "guard"))
    deliver(stripe.pay(), stripe.refund(400))
    assert stripe.session["amount_total"] == 1000
    assert standing(stay.site) == {
        "cash": 1000,
        "credit": -1000,
        "stripe": 600,
        "refunds_due": -600,
    }


@pytest.mark.parametrize(
    ("currency", "typed", "minor"),
    [("JPY", "1500", 1500), ("KWD", "1.250", 1250), ("CLF", "2.5", 25_000), ("CNY", "20", 2000)],
)
def test_the_charge_without_an_entry_is_typed_in_the_currency_s_decimals(currency, typed, minor):
    lot = LotFactory(site=SiteFactory(currency=currency))
    client = signed_in(hire(lot.site, "manager"))
    url = reverse("console:change_lot_rules", args=[lot.site.slug, lot.pk])
    form = {"reentry_minutes": 60, "lock_seconds": 30, "opposite_s": 0}
    assert client.post(url, form | {"lost_entry_charge": typed}).status_code == 204
    assert LotRules.objects.get(lot=lot).lost_entry_charge == minor
    for wrong in ("0.00001", "3000000000", "-1", "NaN"):
        assert client.post(url, form | {"lost_entry_charge": wrong}).status_code == 422


def test_no_amount_is_ever_mixed_with_another_currency_s(priced):
    stay, _written, _too_fine = priced
    record_cash_payment(stay, hire(stay.site, "guard"))
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}
    assert {each.currency for each in Payment.objects.all()} == {stay.currency}
