"""Receipt numbers have no gaps at each site; a receipt shows what was paid."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.http import Http404

from billing.selectors import latest_payment, payment_or_404, payments, receipt
from core import clock
from parking.charges import cause_of
from parking.models import Stay
from tests.factories import LotFactory, SiteFactory, StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.paying import begin, record_cash_payment

pytestmark = pytest.mark.django_db


def _stay(lot: object) -> Stay:
    return StayFactory(lot=lot, entered_at=clock.now() - timedelta(minutes=90))


def test_each_site_has_its_own_receipt_numbers() -> None:
    here, there = LotFactory(), LotFactory()
    taken = [record_cash_payment(_stay(lot), UserFactory()) for lot in (here, there, here, here)]
    assert [payment.receipt_no for payment in taken] == [1, 1, 2, 3]


def test_the_number_of_a_rolled_back_payment_is_used_again() -> None:
    lot = LotFactory()
    with transaction.atomic():
        assert record_cash_payment(_stay(lot), UserFactory()).receipt_no == 1
        transaction.set_rollback(True)
    assert record_cash_payment(_stay(lot), UserFactory()).receipt_no == 1


def test_an_unpaid_payment_has_no_receipt(stay: Stay, stripe: FakeStripe) -> None:
    assert receipt(begin(stay)) is None


def test_a_receipt_shows_times_in_the_sites_time_zone(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    deliver(stripe.pay(at=int(datetime(2026, 3, 1, 18, 5, tzinfo=UTC).timestamp())))
    payment.refresh_from_db()
    shown = receipt(payment)
    assert shown.paid == "2026-03-02 02:05"  # Shanghai
    assert shown.name == f"{stay.site.slug}-000001"


def test_a_receipt_shows_what_is_due_for_refund(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    record_cash_payment(stay, UserFactory(), amount=300)
    deliver(stripe.pay())
    payment.refresh_from_db()
    shown = receipt(payment)
    assert (shown.money.minor, shown.owed_back.minor) == (1000, 300)


def test_the_latest_payment_of_a_stay_is_the_one_under_way(stay: Stay, stripe: FakeStripe) -> None:
    assert latest_payment(stay.site, cause_of(stay)) is None
    online = begin(stay)
    assert latest_payment(stay.site, cause_of(stay)) == online
    cash = record_cash_payment(stay, UserFactory(), amount=300)
    assert latest_payment(stay.site, cause_of(stay)) == online
    stripe.expire()
    begin(stay)
    assert cash in payments(stay.site)


def test_a_payment_is_found_by_its_public_id_only(stay: Stay) -> None:
    payment = record_cash_payment(stay, UserFactory())
    assert payment_or_404(payment.public_id) == payment
    with pytest.raises(Http404):
        payment_or_404(str(payment.pk))


def test_a_site_sees_its_own_payments_only(stay: Stay) -> None:
    record_cash_payment(stay, UserFactory())
    assert payments(stay.site).count() == 1
    assert not payments(SiteFactory())
