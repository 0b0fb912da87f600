"""Refunds: once each, through the provider or in cash, and never more than was paid."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from billing.models import Dispute, Payment, Refund
from billing.selectors import owed_back, refundable
from billing.services import approve_refund, cancel_refund, request_refund, send_refund
from core import clock, outbox
from core.errors import Rejection
from parking.models import Stay
from tests.billing.books import standing
from tests.browsers import hire, signed_in
from tests.factories import UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.paying import begin, pay, record_cash_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(stay: Stay, stripe: FakeStripe, deliver: Deliver) -> Payment:
    """A stay of 10.00 that was paid by card although it had been paid in cash."""
    begun = begin(stay)
    record_cash_payment(stay, UserFactory())
    deliver(stripe.pay())
    begun.refresh_from_db()
    return begun


def requested(payment: Payment, amount: int = 1000) -> Refund:
    return request_refund(payment, UserFactory(), amount=amount, reason="paid twice")


def approved(payment: Payment, amount: int = 1000) -> Refund:
    return approve_refund(requested(payment, amount), UserFactory())


def state(refund: Refund) -> str:
    refund.refresh_from_db()
    return refund.state


def test_a_refund_is_sent_and_settled_by_the_provider_s_events(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    assert refundable(payment).minor == 1000
    refund = approved(payment)
    outbox.send_due()
    assert (state(refund), stripe.calls["refund"]) == ("pending", 1)
    event = stripe.refund_moves("succeeded")
    assert deliver(event, event) == 200
    assert state(refund) == "succeeded"
    assert standing(payment.site) == {"cash": 1000, "credit": -1000}
    assert owed_back(payment.site) == []


def test_a_lost_answer_makes_no_second_refund(payment: Payment, stripe: FakeStripe) -> None:
    refund = approved(payment)
    stripe.lost_refund_answers = 1
    outbox.send_due()
    assert state(refund) == "created"
    send_refund(Refund.objects.get())
    assert state(refund) == "pending"
    assert len(stripe.refund_books.refunds) == 1


def test_an_event_before_the_answer_is_not_undone_by_the_answer(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    refund = approved(payment)
    stripe.lost_refund_answers = 1
    outbox.send_due()
    deliver(stripe.refund_moves("succeeded"))
    send_refund(Refund.objects.get())
    assert state(refund) == "succeeded"
    assert standing(payment.site)["cash"] == 1000


def test_a_refund_that_fails_after_it_succeeded_is_due_again(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    refund = approved(payment)
    outbox.send_due()
    deliver(stripe.refund_moves("succeeded"), stripe.refund_moves("failed"))
    assert state(refund) == "failed"
    assert refundable(payment).minor == 1000
    deliver(stripe.refund_moves("succeeded"))
    assert state(refund) == "failed", "a failed refund is final"


def test_a_refund_in_the_dashboard_is_booked_once(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    event = stripe.refund(400)
    deliver(event, event, stripe.refund_moves("succeeded"))
    refund = Refund.objects.get()
    assert (refund.state, refund.amount) == ("external", 400)
    assert refundable(payment).minor == 600
    assert standing(payment.site)["stripe"] == 600


def test_a_refund_in_the_dashboard_of_what_was_not_due_is_in_suspense(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    deliver(stripe.pay(), stripe.refund(300))
    assert standing(stay.site) == {"stripe": 700, "credit": -1000, "suspense": 300}


def test_a_dispute_is_booked_and_blocks_refunds(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    refund = requested(payment, 400)
    event = stripe.dispute()
    assert deliver(event, event) == 200
    assert standing(payment.site)["suspense"] == 1000
    for change in (lambda: requested(payment, 100), lambda: approve_refund(refund, UserFactory())):
        with pytest.raises(Rejection, match="disputes this payment"):
            change()
    deliver(stripe.dispute_closes("won"))
    assert "suspense" not in standing(payment.site)
    assert requested(payment, 100)


def test_a_lost_dispute_of_what_was_not_due_stays_in_suspense(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    deliver(stripe.pay(), stripe.dispute(), stripe.dispute_closes("lost"))
    assert Dispute.objects.get().state == "lost"
    assert standing(stay.site) == {"credit": -1000, "suspense": 1000}


def test_a_lost_dispute_pays_back_what_was_due(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    refund = requested(payment, 400)
    deliver(stripe.dispute(), stripe.dispute_closes("lost"))
    assert standing(payment.site) == {"cash": 1000, "credit": -1000}
    assert (owed_back(payment.site), state(refund)) == ([], "cancelled")


def test_cash_is_paid_back_by_the_person_who_approves(stay: Stay) -> None:
    pay(stay, 1000)
    refund = approved(pay(stay, 1000))
    assert refund.state == "succeeded"
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}


@pytest.mark.parametrize("amount", [0, -1, 1001])
def test_an_amount_that_is_not_due_is_rejected(payment: Payment, amount: int) -> None:
    with pytest.raises(Rejection, match="can be refunded"):
        requested(payment, amount)


def test_what_was_requested_cannot_be_requested_again(payment: Payment) -> None:
    refund = requested(payment, 700)
    with pytest.raises(Rejection, match="can be refunded"):
        requested(payment, 301)
    cancel_refund(refund, UserFactory())
    assert requested(payment, 1000)


def test_a_refund_is_approved_once(payment: Payment) -> None:
    refund = requested(payment)
    approve_refund(refund, UserFactory())
    with pytest.raises(Rejection, match="is not waiting"):
        approve_refund(refund, UserFactory())


def test_the_database_refuses_more_refunds_than_were_paid(payment: Payment) -> None:
    values: dict[str, Any] = {"payment": payment, "currency": "CNY", "created_at": clock.now()}
    Refund.objects.create(amount=700, **values)
    with pytest.raises(IntegrityError, match="refunded than was paid"), transaction.atomic():
        Refund.objects.create(amount=301, **values)
    Refund.objects.create(amount=301, state="failed", **values)


def test_a_refused_refund_shows_the_provider_s_reason(payment: Payment, stripe: FakeStripe) -> None:
    refund = approved(payment)
    stripe.refund(1000)  # its event is still under way
    outbox.send_due()
    assert state(refund) == "failed"
    assert "greater than" in refund.failure


def test_the_page_requests_and_approves_a_refund(payment: Payment, stripe: FakeStripe) -> None:
    client: Client = signed_in(hire(payment.site, "finance"))
    url = [payment.site.slug, payment.pk]
    assert "10.00" in client.get(reverse("console:finance", args=url[:1])).content.decode()
    form = {"amount": "10.00", "reason": "paid twice"}
    assert client.post(reverse("console:refund_payment", args=url), form).status_code == 204
    refund = Refund.objects.get()
    approve = reverse("console:approve_refund", args=[payment.site.slug, refund.pk])
    assert "requested this yourself" in client.post(approve).content.decode()
    assert signed_in(hire(payment.site, "finance")).post(approve).status_code == 204
    outbox.send_due()
    shown = client.get(reverse("console:finance_payment", args=url)).content.decode()
    assert "waiting for bank" in shown
    assert "refund approved" in shown
    assert "refunds due" in shown


def test_an_inquiry_of_the_bank_withdraws_nothing(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    event = stripe.dispute()
    event["data"]["object"]["status"] = "warning_needs_response"
    assert deliver(event) == 200
    assert not Dispute.objects.exists()
    assert requested(payment, 100)


def test_the_outcome_of_a_dispute_may_arrive_before_the_dispute(
    payment: Payment, stripe: FakeStripe, deliver: Deliver
) -> None:
    opened, decided = stripe.dispute(), stripe.dispute_closes("won")
    before = standing(payment.site)
    assert deliver(decided, opened, decided) == 200
    assert Dispute.objects.get().state == "won"
    assert standing(payment.site) == before
