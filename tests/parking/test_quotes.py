"""Quotes: valid for a while, and replaced when the amount changes."""

from datetime import timedelta

import pytest

from core import clock
from parking import quotes
from parking.models import Stay
from parking.selectors import due_now
from tests.factories import StayFactory
from tests.paying import pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay() -> Stay:
    """A stay two minutes before the end of its second hour, which costs 10.00."""
    return StayFactory(entered_at=clock.now() - timedelta(hours=2, minutes=-1, seconds=-30))


def test_a_quote_is_what_is_due_with_its_lines_and_tariff(stay):
    quote = quotes.make_quote(stay)
    assert (quote.price, quote.due, quote.currency) == (1000, 1000, "CNY")
    assert quote.tariff == str(stay.tariff)
    assert sum(line["amount"] for line in quote.lines) == quote.price
    assert quote.expires_at - quote.at == quotes.QUOTE_HOLDS


def test_the_same_quote_is_offered_again_while_it_holds(stay):
    first = quotes.make_quote(stay)
    again = quotes.make_quote(stay, clock.now() + timedelta(minutes=1))
    assert again == first


def test_a_quote_is_honoured_although_a_further_hour_begins(stay):
    first = quotes.make_quote(stay)
    later = quotes.make_quote(stay, clock.now() + timedelta(minutes=9))
    assert later == first


def test_the_amount_rises_with_the_first_quote_after_it(stay):
    first = quotes.make_quote(stay)
    later = quotes.make_quote(stay, first.expires_at)
    assert (first.due, later.due) == (1000, 1500)


def test_time_that_is_free_is_not_promised_by_a_quote():
    stay = StayFactory(entered_at=clock.now() - timedelta(minutes=14))
    first = quotes.make_quote(stay)
    later = quotes.make_quote(stay, clock.now() + timedelta(minutes=5))
    assert (first.due, later.due) == (0, 500)


def test_an_expired_quote_is_replaced(stay):
    stay.entered_at = clock.now() - timedelta(minutes=61)
    stay.save()
    first = quotes.make_quote(stay)
    later = quotes.make_quote(stay, first.expires_at)
    assert later != first
    assert later.due == first.due


def test_after_a_part_payment_the_quote_is_the_rest(stay):
    first = quotes.make_quote(stay)
    pay(stay, 400, clock.now())
    rest = quotes.make_quote(stay)
    assert rest != first
    assert (rest.price, rest.due) == (1000, 600)


def test_a_valid_quote_paid_is_paid_in_full(stay):
    quote = quotes.make_quote(stay)
    paid_at = clock.now() + timedelta(minutes=8)
    pay(stay, quote.due, paid_at, quoted_at=quote.at)
    assert due_now(stay, paid_at + timedelta(minutes=15)).due == 0
    assert due_now(stay, paid_at + timedelta(minutes=16)).due == 500


def test_a_quote_of_another_stay_is_not_offered(stay):
    assert quotes.make_quote(stay) != quotes.make_quote(StayFactory())
