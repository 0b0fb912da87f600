"""The amount that a page shows is the amount that is booked, and what was paid is the price."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from billing.services import record_cash
from core.errors import Rejection
from parking import quotes
from parking.charges import charge_of
from parking.models import Stay
from parking.selectors import due_now
from tests.billing.books import standing
from tests.browsers import hire, signed_in
from tests.factories import StayFactory, UserFactory, VehicleFactory
from tests.gate import GateScene
from tests.parking.conftest import START, Clock
from tests.paying import deliver_events, pay, payments_of, record_cash_payment

pytestmark = pytest.mark.django_db
QUOTE = re.compile(r'name="quote" value="(\d+)"')


@pytest.fixture
def gate(at: Clock) -> GateScene:
    return GateScene.build()


@pytest.fixture
def stay(gate: GateScene) -> Stay:
    """A car inside: 5.00 for each hour that has begun, 15 minutes of grace."""
    gate.sees(gate.entry, "沪A12345")
    return Stay.objects.get()


@pytest.fixture
def guard(gate: GateScene) -> Client:
    return signed_in(hire(gate.site, "guard"))


def cash_url(stay: Stay) -> str:
    return reverse("console:cash", args=[stay.site.slug, stay.pk])


def shown(guard: Client, stay: Stay) -> tuple[str, str]:
    """Return the dialog's text and the quote that its form confirms."""
    text = guard.get(cash_url(stay)).content.decode()
    return text, QUOTE.search(text)[1]


def leave(gate: GateScene, stay: Stay) -> Stay:
    """Let the car be seen at the exit."""
    gate.sees(gate.exit, stay.plate)
    stay.refresh_from_db()
    return stay


@pytest.mark.parametrize(("seen", "booked", "amount"), [(119.5, 120.5, 1000), (59, 68.9, 500)])
def test_cash_is_booked_as_the_dialog_showed_it(at, gate, stay, guard, seen, booked, amount):
    at(seen)
    text, quote = shown(guard, stay)
    assert f"{amount / 100:.2f}" in text
    at(booked)
    assert guard.post(cash_url(stay), {"quote": quote}).status_code == 204
    (payment,) = payments_of(stay)
    assert payment.amount == amount
    deliver_events()
    left = leave(gate, stay)
    assert (left.status, left.price, due_now(left).due) == ("closed", amount, 0)


def test_an_expired_quote_shows_the_new_amount_before_anything_is_booked(at, stay, guard):
    at(115)
    _text, quote = shown(guard, stay)
    at(125)
    answer = guard.post(cash_url(stay), {"quote": quote})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "15.00" in text
    assert "amount has changed" in text
    assert not payments_of(stay)
    guard.post(cash_url(stay), {"quote": QUOTE.search(text)[1]})
    assert [each.amount for each in payments_of(stay)] == [1500]


@pytest.mark.parametrize("form", [{}, {"quote": ""}, {"amount": "1000"}])
def test_cash_is_booked_only_for_a_quote_that_the_form_names(at, stay, guard, form):
    at(90)
    shown(guard, stay)
    answer = guard.post(cash_url(stay), form)
    assert answer.status_code == 422
    assert "not confirmed" in answer.content.decode()
    assert not payments_of(stay)
    quote = QUOTE.search(answer.content.decode())[1]
    assert guard.post(cash_url(stay), {"quote": quote}).status_code == 204


def test_a_stay_that_was_paid_meanwhile_asks_for_no_cash(at, stay, guard):
    at(90)
    _text, quote = shown(guard, stay)
    pay(stay, 1000)
    answer = guard.post(cash_url(stay), {"quote": quote})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Nothing is due" in text
    assert "Confirm payment" not in text


@pytest.mark.parametrize("quote", ["0", "x", "9" * 18, "-1", "²", "9" * 40])
def test_a_quote_that_is_not_the_stays_books_nothing(at, stay, guard, quote):
    at(90)
    assert guard.post(cash_url(stay), {"quote": quote}).status_code == 422
    assert not payments_of(stay)


def test_another_stays_quote_books_nothing(at, stay):
    at(90)
    other = quotes.make_quote(StayFactory(entered_at=START))
    with pytest.raises(Rejection, match="has changed"):
        record_cash(charge_of(stay), UserFactory(), offer=str(other.pk))


def test_a_payment_makes_an_earlier_quote_void(at, stay, guard):
    at(90)
    _text, quote = shown(guard, stay)
    pay(stay, 400)
    answer = guard.post(cash_url(stay), {"quote": quote})
    assert answer.status_code == 422
    assert "6.00" in answer.content.decode()


def test_a_lower_price_makes_an_earlier_quote_void(at, stay, guard):
    at(90)
    _text, quote = shown(guard, stay)
    VehicleFactory(person__site=stay.site, plate=stay.plate, begins_at=START, ends_at=None)
    answer = guard.post(cash_url(stay), {"quote": quote})
    assert answer.status_code == 422
    assert not payments_of(stay)


def test_lane_portal_and_dialog_show_one_amount(at, gate, stay, guard, client):
    at(119.5)
    gate.sees(gate.exit, stay.plate)
    at(121)
    board = guard.get(reverse("console:lanes", args=[stay.site.slug])).content.decode()
    portal = client.get(reverse("portal:stay", args=[stay.public_id])).content.decode()
    for text in (board, portal, shown(guard, stay)[0]):
        assert "10.00" in text
        assert "15.00" not in text


@pytest.mark.parametrize("out", [58, 60, 62, 72.9, 73])
def test_what_was_paid_is_the_price_until_the_grace_ends(at, gate, stay, out):
    at(58)
    pay(stay, 500)
    at(out)
    left = leave(gate, stay)
    assert (left.status, left.price, due_now(left).due) == ("closed", 500, 0)
    assert sum(line["amount"] for line in left.lines) == 500
    assert left.review == []
    assert standing(stay.site) == {"cash": 500, "parking": -500}


def test_after_the_grace_the_difference_is_due(at, gate, stay):
    at(58)
    pay(stay, 500)
    at(73.1)
    gate.sees(gate.exit, stay.plate)
    assert due_now(stay).due == 500
    record_cash_payment(stay, UserFactory())
    deliver_events()
    stay.refresh_from_db()
    assert (stay.status, stay.price, due_now(stay).due) == ("closed", 1000, 0)


def test_payments_in_parts_are_the_price_once_they_pay_it_in_full(at, gate, stay):
    at(30)
    pay(stay, 200)
    at(58)
    pay(stay, 300)
    at(62)
    left = leave(gate, stay)
    assert (left.status, left.price, due_now(left).due) == ("closed", 500, 0)


def test_a_part_payment_grants_no_grace(at, gate, stay):
    at(58)
    pay(stay, 300)
    at(62)
    gate.sees(gate.exit, stay.plate)
    stay.refresh_from_db()
    assert (stay.status, due_now(stay).due) == ("open", 700)


def test_a_stay_that_was_paid_twice_costs_its_price_and_the_rest_is_owed_back(at, gate, stay):
    at(58)
    pay(stay, 500)
    pay(stay, 500)
    at(62)
    left = leave(gate, stay)
    assert (left.price, due_now(left).due) == (500, 0)
    assert standing(stay.site) == {"cash": 1000, "parking": -500, "refunds_due": -500}
