"""Reconciliation of lost events, and the outbox of billing."""

from datetime import timedelta

import pytest
from django.core import mail

from billing import jobs, ports
from billing.models import Payment
from core import clock
from core.errors import Rejection
from core.jobs import run_waiting
from core.models import OutboxMessage
from parking.models import Stay
from tests.billing.books import entries, standing
from tests.factories import StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.paying import begin, record_cash_payment

pytestmark = pytest.mark.django_db


def wait(minutes: int = 10) -> None:
    """Make every payment older by so many minutes."""
    for payment in Payment.objects.all():
        payment.created_at -= timedelta(minutes=minutes)
        payment.save(update_fields=["created_at"])


def test_a_payment_whose_event_was_lost_is_reconciled(stay: Stay, stripe: FakeStripe) -> None:
    begin(stay)
    stripe.pay()
    wait()
    assert jobs.reconcile() == 1
    assert standing(stay.site) == {"stripe": 1000, "credit": -1000}
    assert jobs.reconcile() == 0


def test_an_expired_checkout_whose_event_was_lost_is_reconciled(
    stay: Stay, stripe: FakeStripe
) -> None:
    payment = begin(stay)
    stripe.expire()
    wait()
    jobs.reconcile()
    payment.refresh_from_db()
    assert payment.state == "expired"


def test_a_declined_payment_whose_event_was_lost_is_reconciled(
    stay: Stay, stripe: FakeStripe
) -> None:
    payment = begin(stay)
    stripe.promise()
    stripe.bank_answers(paid=False)
    wait()
    jobs.reconcile()
    payment.refresh_from_db()
    assert payment.state == "failed"


def test_an_attempt_whose_answer_was_lost_is_found_by_its_idempotency_key(
    stay: Stay, stripe: FakeStripe
) -> None:
    stripe.lost_answers = 1
    with pytest.raises(Rejection):
        begin(stay)
    wait()
    assert jobs.reconcile() == 1
    assert Payment.objects.get().state == "pending"
    assert len(stripe.books.sessions) == 1


def test_a_young_checkout_is_not_reconciled(stay: Stay, stripe: FakeStripe) -> None:
    begin(stay)
    assert jobs.reconcile() == 0
    assert stripe.calls["look up"] == 0


def test_one_failed_refresh_does_not_stop_the_others(stay: Stay, stripe: FakeStripe) -> None:
    other = StayFactory(entered_at=stay.entered_at)
    begin(stay)
    stripe.pay()
    begin(other)
    stripe.pay()
    wait()
    stripe.lost_requests = 1
    assert jobs.reconcile() == 1
    assert entries(stay.site) + entries(other.site) == 1
    assert jobs.reconcile() == 1
    assert entries(stay.site) + entries(other.site) == 2


def test_without_an_account_no_checkout_is_reconciled(
    stay: Stay, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(stay)
    wait()
    monkeypatch.delitem(ports.PROVIDERS, "stripe")
    assert jobs.reconcile() == 0


def test_cash_expires_the_open_checkout_as_soon_as_stripe_answers(
    stay: Stay, stripe: FakeStripe
) -> None:
    payment = begin(stay)
    record_cash_payment(stay, UserFactory())
    stripe.lost_requests = 2
    jobs.send_outbox()
    assert stripe.session["status"] == "open"
    OutboxMessage.objects.update(next_attempt_at=clock.now())
    stripe.lost_requests = 0
    jobs.send_outbox()
    payment.refresh_from_db()
    assert (payment.state, stripe.session["status"]) == ("expired", "expired")


def test_a_checkout_paid_before_it_could_be_expired_is_due_for_refund(
    stay: Stay, stripe: FakeStripe
) -> None:
    begin(stay)
    record_cash_payment(stay, UserFactory())
    stripe.pay()
    jobs.send_outbox()
    assert standing(stay.site)["refunds_due"] == -1000


def test_the_receipt_is_mailed_once_by_the_queue(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay, email="driver@example.com")
    deliver(stripe.pay())
    assert run_waiting() >= 1
    jobs.send_outbox()
    assert [sent.to for sent in mail.outbox] == [["driver@example.com"]]
