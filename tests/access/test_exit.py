"""A car at an exit: its stay is found, priced, paid or held; a payment opens the barrier."""

from datetime import timedelta

import pytest

from access import services as access_services
from billing.events import ChargePaid
from billing.models import Charge, Payment
from core import clock
from incidents.models import Incident
from parking import services
from parking.charges import charge_of, received_for
from parking.handlers import on_charge_paid
from parking.models import LotRules, Stay
from parking.selectors import due_now, occupancy
from tests.factories import (
    AccessListEntryFactory,
    StayFactory,
    TariffFactory,
    VehicleFactory,
    VisitorPassFactory,
    WatchEntryFactory,
)
from tests.gate import GateScene, decision_of, open_commands, staff
from tests.paying import pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def inside(gate: GateScene, plate: str, hours: float = 2, **more: object) -> Stay:
    return StayFactory(
        lot=gate.lot,
        tariff=gate.lot.tariffs.get(),
        plate=plate,
        entered_at=clock.now() - timedelta(hours=hours, minutes=-1),
        **more,
    )


def _paid_event(payment: Payment, stay: Stay) -> ChargePaid:
    return ChargePaid(
        site_id=stay.site_id,
        charge_id=charge_of(stay).pk,
        source_type="stay",
        source_id=stay.public_id,
        payment=payment.public_id,
        amount=payment.amount,
        currency=payment.currency,
        paid_at=payment.paid_at,
    )


def test_a_car_with_something_due_waits_and_its_payment_opens_the_barrier(gate):
    stay = inside(gate, "粤B12345")
    passage = gate.sees(gate.exit, "粤B12345")
    decision = decision_of(passage)
    assert (passage.state, decision.rule, decision.facts["due"]) == ("unpaid", "due", 1000)
    assert open_commands(gate.exit) == 0

    pay(stay, 1000, clock.now())

    passage.refresh_from_db()
    stay.refresh_from_db()
    assert (passage.state, decision_of(passage).rule) == ("opening", "paid")
    assert open_commands(gate.exit) == 1
    assert (stay.status, stay.price, stay.exit_passage) == ("closed", 1000, passage)
    assert sum(line["amount"] for line in stay.lines) == 1000


def test_a_watch_listed_car_that_pays_is_counted_once(gate):
    entry = WatchEntryFactory(site=gate.site, plate="粤B12345")
    stay = inside(gate, entry.plate)
    passage = gate.sees(gate.exit, entry.plate)
    pay(stay, 1000, clock.now())
    passage.refresh_from_db()
    assert passage.state == "opening"
    assert Incident.objects.get().occurrences == 1


def test_a_payment_delivered_twice_opens_the_barrier_once(gate):
    stay = inside(gate, "粤B12345")
    gate.sees(gate.exit, "粤B12345")
    payment = pay(stay, 1000, clock.now())
    on_charge_paid(_paid_event(payment, stay))
    assert [each.amount for each in received_for(stay)] == [1000]
    assert open_commands(gate.exit) == 1


def test_paying_part_keeps_the_car_waiting_for_the_rest(gate):
    stay = inside(gate, "粤B12345")
    passage = gate.sees(gate.exit, "粤B12345")
    pay(stay, 400, clock.now())
    passage.refresh_from_db()
    assert (passage.state, decision_of(passage).facts["due"]) == ("unpaid", 600)


def test_a_car_paid_beforehand_leaves_within_the_grace(gate):
    stay = inside(gate, "粤B12345")
    pay(stay, 1000, clock.now() - timedelta(minutes=5))
    assert decision_of(gate.sees(gate.exit, "粤B12345")).rule == "paid"


@pytest.mark.parametrize(("paid_minute", "quoted_minute"), [(58, 58), (59, 52), (61, 59)], ids=str)
def test_a_car_that_leaves_within_the_grace_costs_what_was_quoted_and_paid(
    gate, paid_minute, quoted_minute
):
    stay = inside(gate, "粤B12345", hours=1)
    stay.entered_at = clock.now() - timedelta(minutes=62)  # the second hour began two minutes ago
    stay.save()
    paid_at, quoted_at = (
        stay.entered_at + timedelta(minutes=minute) for minute in (paid_minute, quoted_minute)
    )
    pay(stay, 500, paid_at, quoted_at)
    assert decision_of(gate.sees(gate.exit, "粤B12345")).rule == "paid"
    stay.refresh_from_db()
    assert (stay.status, stay.price, due_now(stay).due) == ("closed", 500, 0)
    assert sum(line["amount"] for line in stay.lines) == 500
    assert Charge.objects.get().state == "settled"


def test_a_car_beyond_the_grace_pays_the_difference(gate):
    stay = inside(gate, "粤B12345", hours=3)
    pay(stay, 1000, clock.now() - timedelta(minutes=62))
    decision = decision_of(gate.sees(gate.exit, "粤B12345"))
    assert (decision.rule, decision.facts["due"]) == ("due", 500)


def test_a_quote_paid_in_time_settles_the_stay_although_another_hour_began(gate):
    stay = inside(gate, "粤B12345", hours=2)
    stay.entered_at = clock.now() - timedelta(minutes=122)
    stay.save()
    quoted_at = clock.now() - timedelta(minutes=4)  # within the second hour
    pay(stay, 1000, clock.now(), quoted_at)
    assert due_now(stay).due == 0


def test_a_short_stay_leaves_free(gate):
    inside(gate, "粤B12345", hours=0.2)
    assert decision_of(gate.sees(gate.exit, "粤B12345")).rule == "free"


def test_a_car_back_within_the_hour_gets_no_second_free_period(gate):
    gate.sees(gate.entry, "粤B12345", ago=timedelta(seconds=59))
    gate.moves(gate.entry, "passed")
    gate.sees(gate.exit, "粤B12345", ago=timedelta(seconds=40))
    gate.moves(gate.exit, "passed")
    gate.sees(gate.entry, "粤B12345", ago=timedelta(seconds=20))
    stay = Stay.objects.get(status="open")
    assert stay.free_used
    assert due_now(stay, clock.now() + timedelta(minutes=5)).due == 500


@pytest.mark.parametrize("kind", ["resident", "allow"])
def test_a_car_with_a_permit_owes_nothing(gate, kind):
    factory = VehicleFactory if kind == "resident" else AccessListEntryFactory
    where = {"person__site": gate.site} if kind == "resident" else {"site": gate.site}
    car = factory(**where)
    gate.sees(gate.entry, car.plate, ago=timedelta(seconds=50))
    gate.moves(gate.entry, "passed")
    assert decision_of(gate.sees(gate.exit, car.plate)).rule == "covered"
    assert Stay.objects.get().price == 0


def test_a_residents_car_without_a_recorded_entry_may_leave(gate):
    car = VehicleFactory(person__site=gate.site)
    assert decision_of(gate.sees(gate.exit, car.plate)).rule == "covered"


def test_a_car_registered_while_inside_pays_until_then(gate):
    inside(gate, "粤B12345", hours=4)
    VehicleFactory(
        person__site=gate.site, plate="粤B12345", begins_at=clock.now() - timedelta(hours=2)
    )
    decision = decision_of(gate.sees(gate.exit, "粤B12345"))
    assert (decision.outcome, decision.facts["due"]) == ("pay", 1000)


def test_a_car_whose_permit_ended_inside_pays_from_then_and_may_leave(gate):
    stay = inside(gate, "粤B12345", hours=4, cover="resident")
    VehicleFactory(
        person__site=gate.site,
        plate="粤B12345",
        begins_at=stay.entered_at - timedelta(days=9),
        ends_at=clock.now() - timedelta(minutes=90),
    )
    decision = decision_of(gate.sees(gate.exit, "粤B12345"))
    assert (decision.outcome, decision.facts["due"]) == ("pay", 1000)


def test_a_visitor_pays_beyond_the_free_minutes_of_the_pass(gate):
    visit = VisitorPassFactory(site=gate.site, plate="粤B12345", free_minutes=60)
    stay = inside(gate, "粤B12345", hours=2, cover="visitor", visitor_pass=visit)
    stay.covered_until = stay.entered_at + timedelta(minutes=60)
    stay.save()
    assert due_now(stay).due == 500


def test_a_look_alike_of_the_one_car_inside_is_held_and_a_person_picks_its_stay(gate):
    stay = inside(gate, "粤B12B08")
    passage = gate.sees(gate.exit, "粤B128O8")
    assert (passage.plate, passage.state) == ("粤B128O8", "held")
    assert decision_of(passage).facts["candidates"] == [{"stay": stay.pk, "plate": stay.plate}]

    access_services.correct_read(passage, stay.plate, staff(), "8 misread")
    passage.refresh_from_db()
    assert passage.state == "unpaid"


def test_a_look_alike_of_a_residents_car_inside_leaves_as_that_car(gate):
    car = VehicleFactory(person__site=gate.site, plate="粤B12B08")
    stay = inside(gate, car.plate, cover="resident")
    passage = gate.sees(gate.exit, "粤B128O8")
    stay.refresh_from_db()
    assert (passage.plate, passage.state) == (car.plate, "opening")
    assert (stay.status, stay.price) == ("closed", 0)


def test_an_exit_without_an_entry_is_held_with_the_likely_stays(gate):
    stay = inside(gate, "粤B12345")
    inside(gate, "沪C99999")
    passage = gate.sees(gate.exit, "沪B12345")
    decision = decision_of(passage)
    assert (passage.state, decision.rule) == ("held", "no_entry")
    assert decision.facts["candidates"] == [{"stay": stay.pk, "plate": "粤B12345"}]

    access_services.correct_read(passage, "粤B12345", staff(), "province misread")
    passage.refresh_from_db()
    assert passage.state == "unpaid"


def test_a_car_without_a_recorded_entry_pays_the_lots_lost_entry_charge(gate):
    LotRules.objects.create(lot=gate.lot, lost_entry_charge=2000)
    passage = gate.sees(gate.exit, "粤B12345")
    stay = services.charge_lost_entry(passage, staff(), "camera was down all morning")
    passage.refresh_from_db()
    assert (passage.state, due_now(stay).due) == ("unpaid", 2000)
    pay(stay, 2000, clock.now())
    passage.refresh_from_db()
    assert passage.state == "opening"


def test_a_car_let_out_by_hand_with_money_due_goes_to_the_review_queue(gate):
    stay = inside(gate, "粤B12345")
    passage = gate.sees(gate.exit, "粤B12345")
    access_services.lift_barrier(passage, staff(), "ambulance behind")
    stay.refresh_from_db()
    assert (stay.status, stay.price, stay.review) == ("closed", 1000, ["left_unpaid"])
    pay(stay, 1000, clock.now())
    stay.refresh_from_db()
    assert stay.review == []


def test_a_car_that_turns_back_at_the_exit_is_inside_again(gate):
    stay = inside(gate, "粤B12345", hours=0.2)
    gate.sees(gate.exit, "粤B12345")
    gate.moves(gate.exit, "turned_back")
    stay.refresh_from_db()
    assert (stay.status, stay.left_at, stay.price) == ("open", None, None)


def test_a_car_read_again_after_it_was_let_out_only_opens_the_barrier(gate):
    inside(gate, "粤B12345", hours=0.2)
    gate.sees(gate.exit, "粤B12345")
    again = gate.sees(gate.exit, "粤B12345")
    assert decision_of(again).rule == "reread"
    assert Stay.objects.get().status == "closed"


def test_a_car_read_again_at_the_exit_after_it_has_passed_has_no_entry(gate):
    inside(gate, "粤B12345", hours=0.2)
    gate.sees(gate.exit, "粤B12345")
    gate.moves(gate.exit, "passed")
    again = gate.sees(gate.exit, "粤B12345")
    assert decision_of(again).rule == "no_entry"
    assert Stay.objects.count() == 1


def test_the_tariff_is_pinned_at_entry(gate):
    stay = inside(gate, "粤B12345")
    dear = dict(gate.lot.tariffs.get().document, version=2)
    dear["elements"] = [{"id": "all", "steps": [{"unit": 60, "price": 9900}]}]
    TariffFactory(lot=gate.lot, document=dear, valid_from=clock.now() - timedelta(minutes=30))
    assert due_now(stay).price == 1000
    gate.sees(gate.entry, "粤B54321")
    assert due_now(Stay.objects.get(plate="粤B54321"), clock.now() + timedelta(hours=1)).due == 9900


def test_occupancy_counts_stays_and_bays(gate):
    inside(gate, "粤B12345")
    counted = occupancy(gate.site)[0]
    assert (counted.inside, counted.percent, counted.bays, counted.drift) == (1, 1, 0, None)
