"""Concurrent payments: two tabs, duplicate events, a guard and a phone."""

import json
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import psycopg2
import pytest
from django.db import connection, transaction

from access.models import Passage
from billing.models import Payment
from billing.services import refresh_payment
from core import clock
from core.errors import Rejection
from core.live import CHANNEL
from parking.models import Stay
from tests.at_once import at_once
from tests.billing.books import entries, standing
from tests.config.running import eventually
from tests.factories import LotFactory, StayFactory, UserFactory
from tests.fake_stripe import FakeStripe
from tests.fake_stripe.fixtures import Deliver
from tests.gate import GateScene, open_commands
from tests.paying import begin, deliver_events, record_cash_payment

pytestmark = pytest.mark.django_db(transaction=True)
# The car is inside: the money is held for its charge and is not income yet.
HELD = {"stripe": 1000, "credit": -1000}


@pytest.fixture
def stay(transactional_db: None) -> Stay:
    return _stay(LotFactory())


def _stay(lot: object, **more: object) -> Stay:
    return StayFactory(lot=lot, entered_at=clock.now() - timedelta(minutes=90), **more)


def test_one_event_delivered_six_times_concurrently_is_posted_once(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    event = stripe.pay()
    assert at_once(*[partial(deliver, event)] * 6) == [200] * 6
    assert (entries(stay.site), standing(stay.site)) == (1, HELD)
    assert Payment.objects.get().receipt_no == 1


def test_concurrent_events_and_refreshes_of_one_payment_post_it_once(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    events = [stripe.pay()]
    events += [stripe.books.event(events[0]["type"], stripe.session) for _ in range(2)]
    told = [partial(deliver, event) for event in events]
    asked = [lambda: refresh_payment(Payment.objects.get(pk=payment.pk)).state] * 2
    assert at_once(*told, *asked) == [200, 200, 200, "paid", "paid"]
    assert (entries(stay.site), standing(stay.site)) == (1, HELD)


def test_two_tabs_begin_one_checkout(stay: Stay, stripe: FakeStripe) -> None:
    found = at_once(*[partial(begin, stay)] * 4)
    payments = {payment.pk for payment in found if isinstance(payment, Payment)}
    assert len(payments) == 1
    assert len(stripe.books.sessions) == 1
    assert begin(stay).checkout_url == stripe.session["url"]


def test_concurrent_cash_of_several_guards_is_recorded_once(stay: Stay) -> None:
    guards = [UserFactory() for _ in range(3)]
    results = at_once(*[partial(record_cash_payment, stay, guard) for guard in guards])
    assert sum(isinstance(result, Payment) for result in results) == 1
    assert sum(isinstance(result, Rejection) for result in results) == 2
    assert standing(stay.site) == {"cash": 1000, "credit": -1000}


def test_concurrent_cash_and_card_keep_what_is_due_and_refund_the_rest(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    begin(stay)
    event, guard = stripe.pay(), UserFactory()
    at_once(partial(deliver, event), partial(record_cash_payment, stay, guard))
    books = standing(stay.site)
    taken = books["stripe"] + books.get("cash", 0)
    assert books["credit"] == -1000
    assert books.get("refunds_due", 0) == 1000 - taken


def test_concurrent_payments_get_receipts_without_gaps(
    transactional_db: None, stripe: FakeStripe, deliver: Deliver
) -> None:
    lot = LotFactory()
    events = []
    for _ in range(4):
        begin(_stay(lot))
        events.append(stripe.pay())
    guards = [UserFactory() for _ in range(4)]
    cash = [partial(record_cash_payment, _stay(lot), guard) for guard in guards]
    at_once(*[partial(deliver, event) for event in events], *cash)
    numbers = Payment.objects.values_list("receipt_no", flat=True)
    assert sorted(numbers) == list(range(1, 9))
    assert standing(lot.site) == {"stripe": 4000, "cash": 4000, "credit": -8000}


def test_a_payment_does_not_wait_for_locks_of_the_lane(
    transactional_db: None, stripe: FakeStripe, deliver: Deliver
) -> None:
    scene = GateScene.build()
    inside = _stay(scene.lot, tariff=scene.lot.tariffs.get(), plate="沪A12345")
    waiting = scene.sees(scene.exit, inside.plate)
    begin(inside)
    event = stripe.pay()
    locked, paid = Event(), Event()

    def hold_the_lane() -> bool:
        """Keep the passage and the stay locked until the payment is committed."""
        with transaction.atomic():
            Passage.objects.select_for_update().get(pk=waiting.pk)
            Stay.objects.select_for_update().get(pk=inside.pk)
            locked.set()
            return paid.wait(60)

    def pays() -> int:
        locked.wait(60)
        status = deliver(event)
        paid.set()
        return status

    assert at_once(hold_the_lane, pays) == [True, 200]
    assert standing(scene.site) == HELD
    assert open_commands(scene.exit) == 0
    deliver_events()
    assert open_commands(scene.exit) == 1
    assert standing(scene.site) == {"stripe": 1000, "parking": -1000}


def test_cash_and_an_exit_of_one_car_do_not_deadlock(transactional_db: None) -> None:
    scene = GateScene.build()
    for number in range(3):
        plate = f"沪A1234{number}"
        inside = _stay(scene.lot, tariff=scene.lot.tariffs.get(), plate=plate)
        guard = UserFactory()
        paid, _passage = at_once(
            partial(record_cash_payment, inside, guard), partial(scene.sees, scene.exit, plate)
        )
        deliver_events()
        inside.refresh_from_db()
        assert (paid.state, inside.status, inside.price) == ("paid", "closed", 1000)
        scene.moves(scene.exit, "passed")
    assert standing(scene.site) == {"cash": 3000, "parking": -3000}


def test_open_pages_are_notified_of_a_committed_payment(
    stay: Stay, stripe: FakeStripe, deliver: Deliver
) -> None:
    payment = begin(stay)
    listener = psycopg2.connect(**connection.get_connection_params())
    listener.autocommit = True
    try:
        listener.cursor().execute(f"LISTEN {CHANNEL}")
        deliver(stripe.pay())
        deliver_events()
        assert eventually(lambda: _notified(listener).issuperset({("payment", payment.pk)}))
        assert ("stay", stay.pk) in _notified(listener)
    finally:
        listener.close()


def _notified(listener: Any) -> set[tuple[str, int]]:
    listener.poll()
    facts = [json.loads(notify.payload) for notify in listener.notifies]
    return {(fact["topic"], row_id) for fact in facts for row_id in fact.get("ids", ())}
