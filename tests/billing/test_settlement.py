"""Settlement: payments are paid by the provider's report only, and posted exactly once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Payment, PaymentItem, ProviderEvent
from billing.ports import Checkout, CheckoutStatus
from billing.selectors import in_doubt, owed_back
from billing.services import refresh_payment, settle
from core import clock
from core.errors import Rejection
from core.models import OutboxMessage
from core.money import Money
from parking import selectors as parking
from parking.charges import charge_of, post_charge, received_for
from parking.models import Stay
from tests.billing.books import entries, standing
from tests.factories import StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.gate import GateScene, open_commands
from tests.paying import begin, deliver_events, record_cash_payment

pytestmark = pytest.mark.django_db
# The car is inside: the money is held for its charge and is not income yet.
HELD = {"stripe": 1000, "credit": -1000}
BOOKED = {"stripe": 1000, "parking": -1000}


def test_a_paid_checkout_pays_the_stay(stay: Stay, stripe: FakeStripe, deliver: Deliver) -> None:
    payment = begin(stay)
    paid_at = int(clock.now().timestamp()) - 30
    assert deliver(stripe.pay(at=paid_at)) == 200
    payment.refresh_from_db()
    assert (payment.state, payment.receipt_no) == ("paid", 1)
    assert payment.paid_at == datetime.fromtimestamp(paid_at, UTC)
    assert standing(stay.site) == HELD
    due = parking.due_now(stay)
    assert (due.paid, due.due) == (1000, 0)


def test_a_provider_whose_clock_is_behind_does_not_raise_the_price(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    deliver(stripe.pay(at=int(clock.now().timestamp()) - 45 * 60))
    assert standing(stay.site) == HELD


def test_an_event_delivered_twice_is_processed_once(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay, email="driver@example.com")
    event = stripe.pay()
    assert deliver(event, event, event) == 200
    assert (entries(stay.site), standing(stay.site)) == (1, HELD)
    assert ProviderEvent.objects.count() == 1
    assert OutboxMessage.objects.count() == 1


def test_two_events_about_one_payment_post_it_once(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    deliver(stripe.pay(), stripe.books.event("checkout.session.completed", stripe.session["id"]))
    assert ProviderEvent.objects.count() == 2
    assert (entries(stay.site), standing(stay.site)) == (1, HELD)


def test_an_event_and_a_refresh_of_one_payment_post_it_once(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    event = stripe.pay()
    assert refresh_payment(payment).state == "paid"
    deliver(event)
    assert (entries(stay.site), standing(stay.site)) == (1, HELD)
    payment.refresh_from_db()
    assert payment.receipt_no == 1


def test_an_event_that_arrives_before_the_answer_finds_its_payment(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    stripe.lost_answers = 1
    with pytest.raises(Rejection):
        begin(stay)
    deliver(stripe.pay())
    payment = Payment.objects.get()
    assert (payment.state, payment.provider_ref) == ("paid", stripe.session["id"])
    assert standing(stay.site) == HELD


def test_expired_after_paid_changes_nothing(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    late = stripe.expire()
    stripe.session["status"] = "open"
    deliver(stripe.pay(), late)
    payment.refresh_from_db()
    assert payment.state == "paid"
    assert standing(stay.site) == HELD


def test_paid_after_expired_is_paid(stay: Stay, stripe: FakeStripe, deliver: Deliver) -> None:
    payment = begin(stay)
    first = stripe.expire()
    stripe.session["status"] = "open"
    deliver(first, stripe.pay())
    payment.refresh_from_db()
    assert payment.state == "paid"
    assert standing(stay.site) == HELD


def test_a_processing_payment_is_not_paid_yet(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    deliver(stripe.promise())
    payment.refresh_from_db()
    assert payment.state == "processing"
    assert parking.due_now(stay).due == 1000
    assert entries(stay.site) == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 1, 0, 1)])
def test_an_asynchronous_success_pays_in_any_order_of_events(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, order: tuple[int, ...]
) -> None:
    payment = begin(stay)
    events = [stripe.promise(), stripe.bank_answers(paid=True)]
    deliver(*[events[index] for index in order])
    payment.refresh_from_db()
    assert payment.state == "paid"
    assert (entries(stay.site), standing(stay.site)) == (1, HELD)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_asynchronous_failure_fails_in_any_order_of_events(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, order: tuple[int, ...]
) -> None:
    payment = begin(stay)
    events = [stripe.promise(), stripe.bank_answers(paid=False)]
    deliver(*[events[index] for index in order])
    payment.refresh_from_db()
    assert (payment.state, bool(payment.failure)) == ("failed", True)
    assert entries(stay.site) == 0
    assert begin(stay) != payment


@pytest.mark.parametrize(
    ("taken", "account"),
    [({"amount_total": 300}, "CN¥3.00"), ({"currency": "eur"}, "€10.00")],
)
def test_an_unexpected_amount_is_posted_to_suspense_and_listed(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, taken: dict, account: str
) -> None:
    payment = begin(stay)
    event = stripe.pay(**taken)
    again = stripe.books.event(event["type"], stripe.session["id"])
    assert deliver(event, again, event) == 200
    payment.refresh_from_db()
    assert (payment.state, payment.receipt_no) == ("failed", None)
    assert f"{account} was received instead of CN¥10.00" in payment.failure
    assert list(in_doubt(stay.site)) == [payment]
    amount = taken.get("amount_total", 1000)
    assert (entries(stay.site), standing(stay.site)) == (1, {"stripe": amount, "suspense": -amount})
    assert parking.due_now(stay).due == 1000


def test_a_card_payment_after_cash_is_due_for_refund(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    cash = record_cash_payment(stay, UserFactory())
    deliver(stripe.pay())
    payment.refresh_from_db()
    assert (payment.state, {cash.receipt_no, payment.receipt_no}) == ("paid", {1, 2})
    assert standing(stay.site) == {
        "cash": 1000,
        "stripe": 1000,
        "credit": -1000,
        "refunds_due": -1000,
    }
    assert [(owed.payment, owed.money) for owed in owed_back(stay.site)] == [
        (payment, Money(1000, "CNY"))
    ]
    assert parking.due_now(stay).paid == 1000


def test_a_payment_after_part_in_cash_keeps_only_the_rest(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    record_cash_payment(stay, UserFactory(), amount=300)
    deliver(stripe.pay())
    assert standing(stay.site) == {
        "cash": 300,
        "stripe": 1000,
        "credit": -1000,
        "refunds_due": -300,
    }


def test_cash_queues_the_expiry_of_the_open_checkout(stay: Stay, stripe: FakeStripe) -> None:
    begin(stay)
    record_cash_payment(stay, UserFactory())
    assert list(OutboxMessage.objects.values_list("topic", flat=True)) == ["checkout.end"]


def test_a_payment_after_an_unpaid_exit_settles_the_receivable(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    event = stripe.pay()
    _leave(stay, price=1000)
    deliver(event)
    assert standing(stay.site) == BOOKED
    assert parking.due_now(Stay.objects.get()).due == 0


def test_a_payment_for_a_stay_that_closed_paid_is_due_for_refund(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    record_cash_payment(stay, UserFactory())
    _leave(stay, price=1000)
    deliver(stripe.pay())
    assert standing(stay.site)["refunds_due"] == -1000


def test_the_barrier_opens_for_the_car_that_waits_at_the_exit(
    stripe: FakeStripe, deliver: Deliver
) -> None:
    scene = GateScene.build()
    inside = StayFactory(
        lot=scene.lot,
        tariff=scene.lot.tariffs.get(),
        plate="沪A12345",
        entered_at=clock.now() - timedelta(minutes=90),
    )
    scene.sees(scene.exit, inside.plate)
    begin(inside)
    assert open_commands(scene.exit) == 0
    deliver(stripe.pay())
    assert open_commands(scene.exit) == 0, "not before the money is committed"
    deliver_events()
    assert open_commands(scene.exit) == 1


def test_the_receipt_is_mailed_only_to_an_address_that_was_given(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    deliver(stripe.pay())
    assert not OutboxMessage.objects.exists()


def test_money_for_an_unknown_payment_is_posted_to_suspense(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    event = stripe.pay()
    Payment.objects.all().delete()  # as a database put back from an older copy has it
    assert deliver(event, event) == 200
    assert (entries(stay.site), standing(stay.site)) == (1, {"stripe": 1000, "suspense": -1000})


@pytest.mark.parametrize("status", [each for each in CheckoutStatus if each != "paid"])
def test_an_unknown_checkout_that_collected_nothing_is_not_booked(
    stay: Stay, status: CheckoutStatus
) -> None:
    site = stay.site
    report = Checkout("cs_1", "unknown", site.slug, status, Money(1000, "CNY"))
    assert settle("stripe", report) is None
    assert entries(site) == 0


@pytest.mark.parametrize(("slug", "minor"), [("another-shop", 1000), ("", 1000), (None, 0)])
def test_money_of_no_site_here_and_no_money_are_not_booked(
    stay: Stay, slug: str | None, minor: int
) -> None:
    site = stay.site.slug if slug is None else slug
    money, now = Money(minor, "CNY"), clock.now()
    report = Checkout("cs_1", "", site, CheckoutStatus.PAID, money, paid_at=now)
    assert settle("stripe", report) is None
    assert entries(stay.site) == 0


def test_a_second_checkout_of_one_attempt_is_posted_to_suspense(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    deliver(stripe.pay())
    stripe.session.update(id="cs_test_twin")
    stripe.books.sessions["cs_test_twin"] = stripe.session
    deliver(stripe.books.event("checkout.session.completed", "cs_test_twin"))
    assert standing(stay.site) == {"stripe": 2000, "credit": -1000, "suspense": -1000}


statuses = st.lists(st.sampled_from(list(CheckoutStatus)), min_size=1, max_size=8)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(statuses)
def test_any_reports_in_any_order_post_a_paid_payment_once_and_no_other(
    stay: Stay, no_stripe: None, told: list[CheckoutStatus]
) -> None:
    with transaction.atomic():
        now = clock.now()
        payment = Payment.objects.create(
            site=stay.site, provider="stripe", amount=1000, currency="CNY", created_at=now
        )
        PaymentItem.objects.create(payment=payment, charge=charge_of(stay), amount=1000)
        money = Money(1000, "CNY")
        for status in told:
            settle("stripe", Checkout("cs_1", payment.public_id, "", status, money, paid_at=now))
        payment.refresh_from_db()
        paid = CheckoutStatus.PAID in told
        assert (payment.state == "paid") == paid
        assert entries(stay.site) == int(paid)
        assert payment.receipt_no == (1 if paid else None)
        assert len(received_for(stay)) == int(paid)
        transaction.set_rollback(True)


def _leave(stay: Stay, price: int) -> None:
    """Close the stay at that price, as an exit does."""
    charge_of(stay)
    stay.status, stay.left_at, stay.price = "closed", clock.now(), price
    stay.save()
    post_charge(stay)
