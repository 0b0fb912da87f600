"""The provider's events about one payment lead to the same books in any order, also twice each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from billing.models import Refund
from billing.selectors import owed_back
from billing.services import approve_refund, request_refund
from core import outbox
from parking.models import Stay
from tests.billing.books import standing
from tests.browsers import hire, signed_in
from tests.factories import UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.paying import begin, pay, record_cash_payment

pytestmark = pytest.mark.django_db
Event = dict[str, Any]


@contextmanager
def undone() -> Iterator[None]:
    """Undo at the end what the block has stored."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def after_each_order(
    events: list[Event], deliver: Deliver, read: Callable[[], dict[str, int]]
) -> list[dict[str, int]]:
    """Return the books after every order of the events: alone, twice, and each with a copy.

    Orders that begin alike share the deliveries of their beginning.
    """
    found = []

    def follow(order: list[Event], copied: bool) -> None:
        for event in (each for each in events if each not in order):
            with undone():
                several = (event, event | {"id": event["id"] + "b"}) if copied else (event,)
                assert deliver(*several) == 200
                follow([*order, event], copied)
        if len(order) == len(events):
            found.append(read())
            if not copied:
                assert deliver(*order) == 200
                found.append(read())

    follow([], copied=False)
    follow([], copied=True)
    return found


def refund_of(stripe: FakeStripe, amount: int, *states: str) -> list[Event]:
    """Refund the latest session in the dashboard and move it on; return the events."""
    return [
        stripe.refund(amount, status="pending"),
        *[stripe.refund_moves(state) for state in states],
    ]


def dispute_of(stripe: FakeStripe, outcome: str) -> list[Event]:
    return [stripe.dispute(), stripe.dispute_closes(outcome)]


UNUSED = {"cash": 1000, "credit": -1000}


@pytest.mark.parametrize(
    ("cause", "books"),
    [
        (lambda s: refund_of(s, 400, "succeeded"), {"stripe": 600, "refunds_due": -600}),
        (lambda s: refund_of(s, 1000), {}),
        (lambda s: refund_of(s, 400, "failed"), {"stripe": 1000, "refunds_due": -1000}),
        (lambda s: refund_of(s, 400, "canceled"), {"stripe": 1000, "refunds_due": -1000}),
        (lambda s: dispute_of(s, "won"), {"stripe": 1000, "refunds_due": -1000}),
        (lambda s: dispute_of(s, "lost"), {}),
        (lambda s: [s.dispute()], {"suspense": 1000, "refunds_due": -1000}),
    ],
)
def test_events_of_a_payment_that_is_due_for_refund(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, cause: Any, books: dict[str, int]
) -> None:
    begin(stay)
    record_cash_payment(stay, UserFactory())
    events = [stripe.pay(), *cause(stripe)]
    found = after_each_order(events, deliver, lambda: standing(stay.site))
    assert found == [UNUSED | books] * len(found)


@pytest.mark.parametrize(
    ("cause", "books"),
    [
        (lambda s: refund_of(s, 300, "succeeded"), {"stripe": 700, "suspense": 300}),
        (lambda s: refund_of(s, 300, "failed"), {"stripe": 1000}),
        (lambda s: dispute_of(s, "won"), {"stripe": 1000}),
        (lambda s: dispute_of(s, "lost"), {"suspense": 1000}),
        (
            lambda s: [*refund_of(s, 300, "failed"), s.refund(200)],
            {"stripe": 800, "suspense": 200},
        ),
    ],
)
def test_events_of_a_payment_that_pays_a_stay(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, cause: Any, books: dict[str, int]
) -> None:
    begin(stay)
    events = [stripe.pay(), *cause(stripe)]
    found = after_each_order(events, deliver, lambda: standing(stay.site))
    assert found == [{"credit": -1000} | books] * len(found)


@pytest.mark.parametrize("final", ["succeeded", "failed"])
def test_events_of_a_refund_that_was_sent_from_here(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, final: str
) -> None:
    payment = begin(stay)
    record_cash_payment(stay, UserFactory())
    deliver(stripe.pay())
    refund = request_refund(payment, UserFactory(), amount=700, reason="paid twice")
    approve_refund(refund, UserFactory())
    stripe.lost_refund_answers = 1
    outbox.send_due()
    events = [stripe.refund_moves("pending"), stripe.refund_moves(final)]
    left = 300 if final == "succeeded" else 1000
    found = after_each_order(events, deliver, lambda: standing(stay.site))
    assert found == [UNUSED | {"stripe": left, "refunds_due": -left}] * len(found)


def test_a_refund_in_the_dashboard_cancels_requests_for_the_same_money(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    record_cash_payment(stay, UserFactory())
    deliver(stripe.pay())
    kept = request_refund(payment, UserFactory(), amount=300, reason="paid twice")
    for amount in (500, 200):
        request_refund(payment, UserFactory(), amount=amount, reason="paid twice")
    approve_refund(Refund.objects.get(amount=500), UserFactory())
    assert deliver(stripe.refund(700)) == 200
    assert [each.state for each in Refund.objects.order_by("pk")] == [
        "requested",
        "cancelled",
        "cancelled",
        "external",
    ]
    outbox.send_due()
    assert stripe.calls["refund"] == 0
    assert [each.money.minor for each in owed_back(stay.site)] == [kept.amount]


def test_cash_is_due_for_refund_beside_a_card_that_was_refunded(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    deliver(stripe.pay(), stripe.refund(1000))
    pay(stay, 1000)
    assert [each.payment.provider for each in owed_back(stay.site)] == ["offline"]


@pytest.mark.parametrize(
    "cause",
    [
        lambda s: [s.pay(), s.refund(300)],
        lambda s: [s.pay(), *refund_of(s, 300, "failed")],
        lambda s: [s.pay(), *dispute_of(s, "lost")],
        lambda s: [s.pay(amount_total=999)],
        lambda s: two_checkouts(s),
    ],
)
def test_what_is_in_suspense_is_beside_its_stay(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, cause: Any
) -> None:
    begin(stay)
    deliver(*cause(stripe))
    client = signed_in(hire(stay.site, "finance"))
    page = client.get(reverse("console:suspense", args=[stay.site.slug]))
    assert page.context["rows"]
    assert {entry.stay for entry in page.context["rows"]} == {stay}
    assert reverse("console:stay", args=[stay.site.slug, stay.pk]) in page.content.decode()


def two_checkouts(stripe: FakeStripe) -> list[Event]:
    """Pay two checkouts of the same attempt; return the events."""
    event = stripe.pay()
    second = {"object": event["data"]["object"] | {"id": "cs_second"}}
    return [event, event | {"id": "evt_second", "data": second}]
