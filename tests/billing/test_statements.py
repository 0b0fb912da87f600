"""How many statements taking money costs."""

from typing import Any

import pytest

from billing.models import Charge
from billing.services import record_cash
from parking import quotes
from parking.charges import charge_of
from parking.models import Stay
from tests.factories import UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.paying import begin, pay

pytestmark = pytest.mark.django_db
# One of the statements for cash finds and locks the guard's drawer, so that none comes in while the
# drawer is counted.
CASH, SETTLED = 16, 20


@pytest.fixture
def charge(stay: Stay) -> Charge:
    return charge_of(stay)


def test_cash_for_what_is_due(charge: Charge, django_assert_max_num_queries: Any) -> None:
    guard = UserFactory()
    with django_assert_max_num_queries(CASH):
        record_cash(charge, guard)


def test_cash_for_a_quote(stay: Stay, charge: Charge, django_assert_max_num_queries: Any) -> None:
    guard, quote = UserFactory(), quotes.make_quote(stay)
    with django_assert_max_num_queries(CASH):
        record_cash(charge, guard, offer=str(quote.pk))


def test_cash_after_other_payments(
    stay: Stay, charge: Charge, django_assert_max_num_queries: Any
) -> None:
    guard = UserFactory()
    pay(stay, 300)
    pay(stay, 200)
    with django_assert_max_num_queries(CASH):
        record_cash(charge, guard)


def test_a_webhook_that_pays(
    stay: Stay, stripe: FakeStripe, deliver: Deliver, django_assert_max_num_queries: Any
) -> None:
    begin(stay)
    event = stripe.pay()
    with django_assert_max_num_queries(SETTLED):
        deliver(event)
