"""Stays that are superseded, let out by a guard, reviewed, or charged without an entry."""

from datetime import timedelta

import pytest

from access import services as access_services
from core import clock
from core.errors import Rejection
from core.models import AuditEntry
from devices.models import Command
from parking import quotes, selectors, services
from parking.charges import received_for
from parking.models import LotRules, Stay
from parking.selectors import due_now
from people.services import end_vehicle, register_vehicle
from tests.factories import SiteFactory, StayFactory, VehicleFactory, VisitorPassFactory
from tests.gate import GateScene, answer, decision_of, open_commands, staff
from tests.paying import pay, record_cash_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


@pytest.mark.parametrize("status", ["superseded", "undone"])
def test_a_superseded_or_undone_stay_claims_no_money(status):
    left = clock.now() - timedelta(hours=1)
    stay = StayFactory(status=status, left_at=left)
    owed = due_now(stay)
    assert (owed.price, owed.due, owed.lines) == (0, 0, [])
    assert quotes.make_quote(stay).due == 0


def test_what_was_paid_for_a_superseded_stay_stays_with_it(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    pay(stay, 1000, clock.now())
    gate.sees(gate.entry, stay.plate)
    stay.refresh_from_db()
    assert (stay.status, stay.review) == ("superseded", ["superseded"])
    assert (due_now(stay).paid, due_now(stay).due) == (1000, 0)
    assert due_now(Stay.objects.get(status="open")).paid == 0


@pytest.mark.parametrize("state", [Command.State.UNKNOWN, Command.State.EXPIRED])
def test_a_barrier_that_did_not_answer_is_lifted_by_hand_for_the_same_stay(gate, state):
    passage = gate.sees(gate.entry, "粤B12345")
    answer(passage, state)
    assert passage.state == "unanswered"
    access_services.lift_barrier(passage, staff(), "the arm did not move")
    assert open_commands(gate.entry) == 2
    assert Stay.objects.get().entry_passage == passage


def test_a_passage_whose_stay_was_superseded_opens_no_second_one(gate):
    passage = gate.sees(gate.entry, "粤B12345")
    Stay.objects.update(status="superseded", left_at=clock.now())
    access_services.lift_barrier(passage, staff(), "the arm did not move")
    assert Stay.objects.get().status == "superseded"


def test_a_visitor_let_in_by_hand_comes_in_by_the_pass(gate):
    visit = VisitorPassFactory(site=gate.site, free_minutes=30)
    passage = gate.sees(gate.entry, visit.plate, confidence=0.5)
    access_services.lift_barrier(passage, staff(), "the guard sees it well enough")
    access_services.lift_barrier(passage, staff(), "once more")
    visit.refresh_from_db()
    stay = Stay.objects.get()
    assert (stay.cover, stay.visitor_pass, visit.entries_used) == ("visitor", visit, 1)
    assert stay.covered_until == stay.entered_at + timedelta(minutes=30)


def test_a_visitor_pass_covers_no_longer_than_its_window(gate):
    visit = VisitorPassFactory(
        site=gate.site, free_minutes=600, ends_at=clock.now() + timedelta(minutes=5)
    )
    gate.sees(gate.entry, visit.plate)
    assert Stay.objects.get().covered_until == visit.ends_at


def test_a_car_registered_again_while_inside_is_covered_by_both_registrations(gate):
    car = VehicleFactory(person__site=gate.site, plate="粤B12345")
    stay = StayFactory(lot=gate.lot, plate=car.plate, entered_at=clock.now() - timedelta(days=2))
    end_vehicle(car, staff())
    register_vehicle(
        gate.site,
        staff(),
        plate=car.plate,
        holder=car.person,
        begins_at=clock.now() - timedelta(minutes=1),
    )
    assert due_now(stay, clock.now() + timedelta(hours=3)).covered


def test_paying_after_a_permit_began_grants_the_grace_for_what_is_billed_until_then(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345", entered_at=clock.now() - timedelta(hours=4))
    begins = clock.now() - timedelta(hours=3, minutes=1)
    VehicleFactory(person__site=gate.site, plate=stay.plate, begins_at=begins)
    pay(stay, 500, clock.now())
    owed = due_now(stay)
    assert (owed.due, owed.leave_by is not None) == (0, True)


def test_a_car_that_leaves_in_the_minute_it_came_is_free_not_covered(gate):
    stay = StayFactory(lot=gate.lot, entered_at=clock.now())
    owed = due_now(stay, stay.entered_at)
    assert (owed.due, owed.covered) == (0, False)


@pytest.mark.parametrize("amount", [0, -500])
def test_a_payment_of_zero_or_less_is_rejected(amount):
    stay = StayFactory()
    with pytest.raises(Rejection) as refused:
        record_cash_payment(stay, staff(), amount)
    assert refused.value.field == "amount"
    assert not received_for(stay)


def test_a_reviewed_stay_leaves_the_queue_and_stores_reviewer_and_finding():
    stay = StayFactory(review=["superseded", "left_unpaid"])
    reviewed = services.review_stay(stay, staff(), "same car, camera misread")
    assert (reviewed.review, reviewed.reviewed_by) == ([], staff())
    assert reviewed.review_reason == "same car, camera misread"
    assert not selectors.stays_to_review(stay.site).exists()
    assert AuditEntry.objects.get().detail == {
        "codes": ["superseded", "left_unpaid"],
        "reason": "same car, camera misread",
    }


def test_a_review_needs_a_reason():
    stay = StayFactory(review=["superseded"])
    with pytest.raises(Rejection) as refused:
        services.review_stay(stay, staff(), "  ")
    assert refused.value.field == "reason"
    assert list(selectors.stays_to_review(stay.site)) == [stay]
    assert not AuditEntry.objects.exists()


def test_a_stay_is_reviewed_once():
    stay = StayFactory(review=["superseded"])
    services.review_stay(stay, staff(), "same car")
    with pytest.raises(Rejection) as refused:
        services.review_stay(stay, staff("other"), "I found nothing")
    assert refused.value.field == "stay"
    stay.refresh_from_db()
    assert (stay.reviewed_by, stay.review_reason) == (staff(), "same car")
    assert AuditEntry.objects.count() == 1


def test_the_queue_of_a_site_holds_no_other_sites_stays():
    StayFactory(review=["superseded"])
    assert not selectors.stays_to_review(SiteFactory()).exists()


def test_a_lost_entry_is_charged_once_per_passage(gate):
    LotRules.objects.create(lot=gate.lot, lost_entry_charge=2000)
    passage = gate.sees(gate.exit, "粤B12345")
    services.charge_lost_entry(passage, staff(), "camera was down")
    with pytest.raises(Rejection) as refused:
        services.charge_lost_entry(passage, staff(), "camera was down")
    assert refused.value.field == "passage"
    assert Stay.objects.get().review == ["entry_unknown"]


@pytest.mark.parametrize(
    ("lane", "plate", "reason", "field"),
    [
        ("exit", "粤B12345", " ", "reason"),
        ("exit", "", "camera was down", "plate"),
        ("entry", "", "camera was down", "passage"),
    ],
)
def test_a_lost_entry_needs_a_reason_a_plate_and_a_car_at_the_exit(
    gate, lane, plate, reason, field
):
    passage = gate.sees(getattr(gate, lane), plate)
    with pytest.raises(Rejection) as refused:
        services.charge_lost_entry(passage, staff(), reason)
    assert refused.value.field == field
    assert not Stay.objects.exists()
    assert decision_of(passage).outcome == "hold"
