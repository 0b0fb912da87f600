"""A checkout is begun once for what is due, despite lost requests and answers."""

from datetime import timedelta

import pytest
from django.db import transaction

from billing import ports
from billing.models import LedgerEntry, Payment
from billing.selectors import latest_payment, online_payment_available
from billing.services import refresh_payment
from core import clock
from core.errors import Rejection
from parking.charges import cause_of
from parking.models import Stay
from tests.billing.books import park_on, standing
from tests.factories import StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Wire
from tests.paying import begin, record_cash_payment
from tests.rejections import rejected

pytestmark = pytest.mark.django_db


def test_a_checkout_asks_for_what_is_due(stay: Stay, stripe: FakeStripe) -> None:
    payment = begin(stay, language="zh-hans")
    session = stripe.session
    assert payment.state == "pending"
    assert payment.checkout_url == session["url"]
    assert (session["amount_total"], session["currency"]) == (1000, "cny")
    assert session["client_reference_id"] == payment.public_id
    assert session["locale"] == "zh"
    assert session["success_url"] == "https://park.example/pay/1/"


def test_stripe_receives_neither_the_plate_nor_the_address(stay: Stay, stripe: FakeStripe) -> None:
    begin(stay, email="driver@example.com")
    assert stay.plate not in str(stripe.session)
    assert "driver@example.com" not in str(stripe.session)


def test_a_second_click_reuses_the_checkout_under_way(stay: Stay, stripe: FakeStripe) -> None:
    first, second = begin(stay), begin(stay)
    assert second == first
    assert stripe.calls["create"] == 1


def test_a_second_click_may_add_the_address_for_the_receipt(stay: Stay, stripe: FakeStripe) -> None:
    begun = begin(stay).public_id
    email = "driver@example.com"
    assert begin(stay, email=email, begun=begun).email == email
    assert begin(stay).email == email


@pytest.mark.parametrize("begun", ["", "another"])
def test_another_payer_adds_no_address(stay: Stay, stripe: FakeStripe, begun: str) -> None:
    begin(stay)
    assert begin(stay, email="stranger@example.com", begun=begun).email == ""


def test_the_sdk_retries_a_lost_answer(stay: Stay, stripe: FakeStripe, wire: Wire) -> None:
    stripe.lost_answers = 1
    wire(retries=2)
    payment = begin(stay)
    assert payment.state == "pending"
    assert len(stripe.books.sessions) == 1


@pytest.mark.parametrize("fault", ["lost_answers", "lost_requests", "broken_answers"])
def test_after_a_lost_answer_the_next_click_gets_the_same_checkout(
    stay: Stay, stripe: FakeStripe, fault: str
) -> None:
    setattr(stripe, fault, 1)
    with pytest.raises(Rejection, match="not be charged twice"):
        begin(stay)
    lost = Payment.objects.get()
    assert lost.state == "created"
    found = begin(stay, language="zh-hans", return_url="https://park.example/other/")
    assert found == lost
    assert found.state == "pending"
    assert len(stripe.books.sessions) == 1


def test_an_attempt_that_timed_out_is_repeated(stay: Stay, stripe: FakeStripe, wire: Wire) -> None:
    wire(timeout=0.2)
    with stripe.answering_late(), pytest.raises(Rejection):
        begin(stay)
    wire()
    assert begin(stay).state == "pending"
    assert len(stripe.books.sessions) == 1


def test_a_changed_amount_expires_the_older_checkout_first(stay: Stay, stripe: FakeStripe) -> None:
    older = begin(stay)
    older_session = stripe.session["id"]
    park_on(stay, hours=1)
    newer = begin(stay)
    older.refresh_from_db()
    assert (older.state, newer.state) == ("expired", "pending")
    assert stripe.books.sessions[older_session]["status"] == "expired"
    assert (newer.amount, stripe.session["amount_total"]) == (1500, 1500)


def test_a_lost_checkout_for_an_older_amount_is_found_and_expired(
    stay: Stay, stripe: FakeStripe
) -> None:
    stripe.lost_answers = 1
    with pytest.raises(Rejection):
        begin(stay)
    park_on(stay, hours=1)
    assert begin(stay).amount == 1500
    assert [one["status"] for one in stripe.books.sessions.values()] == ["expired", "open"]


def test_no_second_checkout_while_the_older_one_cannot_be_expired(
    stay: Stay, stripe: FakeStripe
) -> None:
    begin(stay)
    park_on(stay, hours=1)
    stripe.lost_requests = 1
    with pytest.raises(Rejection, match="did not respond"):
        begin(stay)
    assert Payment.objects.count() == 1


def test_an_older_checkout_that_was_paid_meanwhile_is_settled_not_replaced(
    stay: Stay, stripe: FakeStripe
) -> None:
    older = begin(stay)
    stripe.pay()
    park_on(stay, hours=1)
    found = begin(stay)
    assert found == older
    assert found.state == "paid"
    assert len(stripe.books.sessions) == 1


def test_a_click_in_a_second_tab_after_paying_in_the_first_returns_the_paid_one(
    stay: Stay, stripe: FakeStripe
) -> None:
    begin(stay)
    stripe.pay()
    assert begin(stay).state == "paid"
    assert standing(stay.site) == {"stripe": 1000, "credit": -1000}


def test_a_checkout_about_to_end_is_replaced(stay: Stay, stripe: FakeStripe) -> None:
    first = begin(stay)
    Payment.objects.update(expires_at=clock.now() + timedelta(minutes=1))
    assert begin(stay) != first
    assert [one["status"] for one in stripe.books.sessions.values()] == ["expired", "open"]


def test_a_checkout_that_ran_out_is_replaced(stay: Stay, stripe: FakeStripe) -> None:
    first = begin(stay)
    stripe.expire()
    second = begin(stay)
    first.refresh_from_db()
    assert (first.state, second.state) == ("expired", "pending")


def test_no_second_checkout_while_a_payment_is_processing(stay: Stay, stripe: FakeStripe) -> None:
    first = begin(stay)
    stripe.promise()
    again = begin(stay)
    assert again == first
    assert (again.state, again.checkout_url) == ("processing", "")


def test_no_checkout_is_begun_when_no_amount_is_due(stay: Stay, stripe: FakeStripe) -> None:
    record_cash_payment(stay, UserFactory())
    with pytest.raises(Rejection, match="nothing is due"):
        begin(stay)
    assert stripe.calls["create"] == 0


def test_an_amount_below_stripes_minimum_is_rejected_and_the_reason_stored(
    stay: Stay, stripe: FakeStripe
) -> None:
    record_cash_payment(stay, UserFactory(), amount=970)
    with pytest.raises(Rejection, match="pay another way"):
        begin(stay)
    failed = latest_payment(stay.site, cause_of(stay))
    assert failed.state == "failed"
    assert "too small" in failed.failure


def test_an_expired_checkout_unknown_to_the_account_is_replaced(
    stay: Stay, stripe: FakeStripe
) -> None:
    first = begin(stay)
    Payment.objects.update(provider_ref="cs_of_another_account")
    with pytest.raises(Rejection, match="declined"):
        begin(stay)
    Payment.objects.update(expires_at=clock.now() - timedelta(minutes=1))
    assert begin(stay).state == "pending"
    first.refresh_from_db()
    assert (first.state, "No such checkout" in first.failure) == ("failed", True)


def test_an_expired_attempt_that_never_arrived_is_replaced(stay: Stay, stripe: FakeStripe) -> None:
    stripe.lost_requests = 1
    with pytest.raises(Rejection, match="did not respond"):
        begin(stay)
    Payment.objects.update(expires_at=clock.now() + timedelta(minutes=20))
    assert begin(stay).state == "pending"
    assert sorted(Payment.objects.values_list("state", flat=True)) == ["failed", "pending"]


def test_the_browsers_return_alone_does_not_make_a_payment_paid(
    stay: Stay, stripe: FakeStripe
) -> None:
    payment = begin(stay)
    assert refresh_payment(payment).state == "pending"
    assert not LedgerEntry.objects.exists()


def test_a_refresh_finds_that_the_payment_was_paid(stay: Stay, stripe: FakeStripe) -> None:
    payment = begin(stay)
    stripe.pay(at=int(clock.now().timestamp()) - 60)
    paid = refresh_payment(payment)
    assert paid.state == "paid"
    assert paid.paid_at.timestamp() == stripe.events[0]["created"]


def test_a_payment_that_ended_is_not_looked_up(stay: Stay, stripe: FakeStripe) -> None:
    payment = begin(stay)
    stripe.pay()
    paid = refresh_payment(payment)
    stripe.lost_requests = 9
    assert refresh_payment(paid).state == "paid"
    assert refresh_payment(record_cash_payment(StayFactory(), UserFactory())).state == "paid"


def test_a_payment_whose_account_was_removed_waits(
    stay: Stay, stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = begin(stay)
    monkeypatch.delitem(ports.PROVIDERS, "stripe")
    assert rejected(refresh_payment, payment) == ("payment", "provider_not_configured")
    payment.refresh_from_db()
    assert payment.state == "pending"


def test_without_an_account_only_cash_is_accepted(stay: Stay, no_stripe: None) -> None:
    assert not online_payment_available(stay.site)
    with pytest.raises(Rejection, match="not available"):
        begin(stay)
    assert record_cash_payment(stay, UserFactory()).state == "paid"


def test_with_an_account_paying_online_is_offered(stay: Stay, stripe: FakeStripe) -> None:
    assert online_payment_available(stay.site)


@pytest.mark.django_db(transaction=True)
def test_a_checkout_cannot_be_begun_inside_a_transaction(stripe: FakeStripe) -> None:
    stay = StayFactory()
    with pytest.raises(RuntimeError), transaction.atomic():
        begin(stay)
    assert stripe.calls["create"] == 0
