"""Stays that were paid and cost less afterwards: the difference is due for refund, and shown."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from access import services as access_services
from access.models import Passage
from billing.models import Payment
from billing.selectors import owed_back
from billing.services import approve_refund, request_refund
from parking.models import LotRules, Stay
from parking.selectors import due_now
from tests.billing.books import standing
from tests.browsers import hire, signed_in
from tests.factories import UserFactory, VehicleFactory
from tests.gate import GateScene, staff
from tests.parking.conftest import START, Clock
from tests.paying import begin, pay

pytestmark = pytest.mark.django_db
RESIDENT = "沪A88888"
VISITOR = "沪A88886"


@pytest.fixture
def gate(at: Clock) -> GateScene:
    """A gate where an hour costs 5.00, and a resident's car."""
    gate = GateScene.build()
    begins_at = START - timedelta(days=30)
    VehicleFactory(person__site=gate.site, plate=RESIDENT, begins_at=begins_at)
    return gate


def passes(gate: GateScene, at: Clock, minutes: float, lane, plate: str) -> Passage:
    """Let a car come to a lane, and pass it if its barrier opens."""
    at(minutes)
    passage = gate.sees(lane, plate)
    gate.moves(lane, "passed")
    return passage


def read_as(passage: Passage, plate: str) -> None:
    passage.refresh_from_db()
    access_services.correct_read(passage, plate, staff(), "seen on the photo")


def owed(gate: GateScene) -> list[int]:
    """Return what is due for refund, by payment."""
    return [each.money.minor for each in owed_back(gate.site)]


def stay_that_was_paid(gate: GateScene, at: Clock, *amounts: int) -> list[Passage]:
    """Let a misread resident's car park for two hours, pay these amounts and leave."""
    passages = [passes(gate, at, 0, gate.entry, VISITOR)]
    stay = Stay.objects.get()
    at(119)
    for amount in amounts:
        pay(stay, amount)
    at(120)
    passage = gate.sees(gate.exit, VISITOR)
    if passage.state != "opening":
        access_services.lift_barrier(passage, staff(), "known driver")
    gate.moves(gate.exit, "passed")
    return [*passages, passage]


@pytest.mark.parametrize(
    ("amounts", "due_back"),
    [([1000], [1000]), ([400], [400]), ([1000, 1000], [1000, 1000]), ([300, 700], [300, 700])],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_paid_stay_of_a_resident_is_owed_back(gate, at, amounts, due_back, order):
    passages = stay_that_was_paid(gate, at, *amounts)
    at(130)
    for number in order:
        read_as(passages[number], RESIDENT)
    stay = Stay.objects.exclude(status="undone").get()
    assert (stay.plate, stay.status, stay.price) == (RESIDENT, "closed", 0)
    assert owed(gate) == due_back
    assert standing(gate.site) == {"cash": sum(amounts), "refunds_due": -sum(amounts)}


def test_what_is_owed_back_is_on_the_finance_page_beside_its_stay(gate, at):
    for passage in stay_that_was_paid(gate, at, 1000):
        read_as(passage, RESIDENT)
    stay = Stay.objects.exclude(status="undone").get()
    page = signed_in(hire(gate.site, "finance")).get(
        reverse("console:finance", args=[gate.site.slug])
    )
    text = page.content.decode()
    assert "10.00" in text
    assert reverse("console:stay", args=[gate.site.slug, stay.pk]) in text


def test_a_stay_that_was_shorter_than_read_is_owed_back_in_part(gate, at):
    passes(gate, at, 0, gate.entry, VISITOR)
    second = passes(gate, at, 70, gate.entry, "沪B22222")
    stay = Stay.objects.get(plate=VISITOR)
    at(119)
    pay(stay, 1000)
    at(120)
    gate.sees(gate.exit, VISITOR)
    gate.moves(gate.exit, "passed")
    # The car of the entry at 08:00 was another one; this one came at 09:10.
    first = Passage.objects.get(plate=VISITOR, direction="entry")
    read_as(second, VISITOR)
    read_as(first, "沪C33333")
    stay = Stay.objects.get(plate=VISITOR, status="closed")
    assert (stay.price, due_now(stay).due) == (500, 0)
    assert owed(gate) == [500]
    assert standing(gate.site) == {"cash": 1000, "parking": -500, "refunds_due": -500}


def test_money_paid_for_another_plate_is_owed_back_when_that_car_was_never_here(gate, at):
    entry = passes(gate, at, 0, gate.entry, VISITOR)
    at(90)
    pay(Stay.objects.get(), 1000)
    gate.moves(gate.entry, "turned_back")
    entry.refresh_from_db()
    access_services.correct_read(entry, "沪D44444", staff(), "seen on the photo")
    assert sum(owed(gate)) == 1000 or due_now(Stay.objects.get(status="open")).paid == 1000


def test_a_payment_at_the_exit_follows_the_car_that_stood_there(gate, at):
    passes(gate, at, 0, gate.entry, VISITOR)
    passes(gate, at, 60, gate.entry, "沪B22222")
    at(119)
    wrong = Stay.objects.get(plate=VISITOR)
    left = gate.sees(gate.exit, VISITOR)
    pay(wrong, 1000)
    gate.moves(gate.exit, "passed")
    at(125)
    read_as(left, "沪B22222")
    gone = Stay.objects.get(plate="沪B22222", status="closed")
    inside = Stay.objects.get(plate=VISITOR, status="open")
    assert (gone.price, due_now(gone).due) == (500, 0)
    assert (due_now(inside).paid, due_now(inside).due) == (0, 1500)
    assert owed(gate) == [500]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_money_at_an_exit_waits_there_for_the_car_whose_entry_is_corrected_later(gate, at, order):
    another, misread = "沪C31317", "沪E74441"
    entries = [
        (passes(gate, at, 0, gate.entry, VISITOR), another),
        (passes(gate, at, 60, gate.entry, misread), VISITOR),
    ]
    at(120)
    gate.sees(gate.exit, VISITOR)
    pay(Stay.objects.get(plate=VISITOR), 1000)
    gate.moves(gate.exit, "passed")
    at(130)
    for number in order:
        read_as(*entries[number])
    gone, inside = Stay.objects.get(plate=VISITOR, status="closed"), Stay.objects.get(plate=another)
    assert (gone.price, due_now(gone).paid, owed(gate)) == (500, 500, [500])
    assert (inside.status, due_now(inside).paid) == ("open", 0)
    assert standing(gate.site) == {"cash": 1000, "parking": -500, "refunds_due": -500}


def test_money_of_an_exit_whose_car_never_came_in_is_due_for_refund(gate, at):
    entry = passes(gate, at, 0, gate.entry, VISITOR)
    at(120)
    gate.sees(gate.exit, VISITOR)
    pay(Stay.objects.get(), 1000)
    gate.moves(gate.exit, "passed")
    read_as(entry, "沪C31317")
    inside = Stay.objects.exclude(status="undone").get()
    assert (inside.plate, inside.status, due_now(inside).paid) == ("沪C31317", "open", 0)
    assert standing(gate.site) == {"cash": 1000, "refunds_due": -1000}


def test_what_was_paid_for_a_superseded_stay_counts_when_it_goes_on(gate, at):
    passes(gate, at, 0, gate.entry, VISITOR)
    at(61)
    pay(Stay.objects.get(), 1000)
    shown = passes(gate, at, 100, gate.entry, VISITOR)
    stay = Stay.objects.get(status="superseded")
    pay(stay, 300)  # begun before, and reported late
    assert (due_now(stay).paid, owed(gate)) == (1300, [])
    read_as(shown, "沪C31317")
    stay.refresh_from_db()
    assert (stay.status, due_now(stay).paid, owed(gate)) == ("open", 1300, [])
    assert standing(gate.site) == {"cash": 1300, "credit": -1300}


def test_a_stay_that_goes_on_owes_nothing_for_the_exit_of_another_car(gate, at):
    passes(gate, at, 0, gate.entry, VISITOR)
    passes(gate, at, 70, gate.entry, "沪C31317")
    at(120)
    left = gate.sees(gate.exit, VISITOR)
    access_services.lift_barrier(left, staff(), "known driver")
    gate.moves(gate.exit, "passed")
    assert standing(gate.site) == {"receivable": 1000, "parking": -1000}
    read_as(left, "沪C31317")
    assert Stay.objects.get(plate=VISITOR).status == "open"
    assert standing(gate.site) == {"receivable": 500, "parking": -500}


def test_what_was_paid_counts_for_a_car_that_comes_straight_back(gate, at):
    LotRules.objects.create(lot=gate.lot, opposite_s=30)
    passes(gate, at, 0, gate.entry, VISITOR)
    at(120)
    left = gate.sees(gate.exit, VISITOR)
    pay(Stay.objects.get(), 400)
    access_services.lift_barrier(left, staff(), "known driver")
    gate.moves(gate.exit, "passed")
    assert standing(gate.site) == {"cash": 400, "receivable": 600, "parking": -1000}
    passes(gate, at, 120.4, gate.entry, VISITOR)
    stay = Stay.objects.get(status="open")
    assert (stay.entered_at, due_now(stay).paid) == (START, 400)
    assert standing(gate.site) == {"cash": 400, "credit": -400}


@pytest.mark.parametrize("amounts", [[1000], [400], [1000, 1000]])
def test_a_correction_that_is_taken_back_leaves_the_books_as_they_were(gate, at, amounts):
    passages = stay_that_was_paid(gate, at, *amounts)
    before, stay = standing(gate.site), Stay.objects.get()
    assert stay.price == 1000
    at(130)
    for plate in (RESIDENT, VISITOR, RESIDENT, VISITOR):
        for passage in passages:
            read_as(passage, plate)
    stay = Stay.objects.exclude(status="undone").get()
    assert (stay.plate, stay.price) == (VISITOR, 1000)
    assert due_now(stay).due == 1000 - min(1000, sum(amounts))
    assert standing(gate.site) == before


def test_money_that_was_paid_within_the_grace_is_the_price_again(gate, at):
    entry = passes(gate, at, 0, gate.entry, VISITOR)
    at(58)
    pay(Stay.objects.get(), 500)
    left = passes(gate, at, 62, gate.exit, VISITOR)
    assert Stay.objects.get().price == 500
    at(70)
    for plate in (RESIDENT, VISITOR):
        for passage in (entry, left):
            read_as(passage, plate)
    stay = Stay.objects.exclude(status="undone").get()
    assert (stay.price, due_now(stay).due) == (500, 0)
    assert standing(gate.site) == {"cash": 500, "parking": -500}


def test_money_that_was_refunded_pays_no_stay_again(gate, at):
    passages = stay_that_was_paid(gate, at, 1000)
    for passage in passages:
        read_as(passage, RESIDENT)
    refund = request_refund(Payment.objects.get(), UserFactory(), amount=600, reason="a resident")
    for passage in passages:
        read_as(passage, VISITOR)
    approve_refund(refund, UserFactory())
    stay = Stay.objects.exclude(status="undone").get()
    assert (stay.price, due_now(stay).due) == (1000, 600)
    assert standing(gate.site) == {"cash": 400, "receivable": 600, "parking": -1000}


def test_what_was_paid_back_in_the_dashboard_first_is_not_due_after_the_correction(
    gate, at, stripe, deliver
):
    # Stripe has a clock of its own, so the car comes by the real time.
    begins = (datetime.now(UTC) - START).total_seconds() / 60 - 95
    passages = [passes(gate, at, begins, gate.entry, VISITOR)]
    at(begins + 90)
    begin(Stay.objects.get())
    deliver(stripe.pay(), stripe.refund(400))
    passages.append(passes(gate, at, begins + 95, gate.exit, VISITOR))
    assert standing(gate.site) == {"stripe": 600, "parking": -1000, "suspense": 400}
    for passage in passages:
        read_as(passage, RESIDENT)
    assert standing(gate.site) == {"stripe": 600, "refunds_due": -600}
    deliver(stripe.refund_moves("failed"))
    assert standing(gate.site) == {"stripe": 1000, "refunds_due": -1000}
