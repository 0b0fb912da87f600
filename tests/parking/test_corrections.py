"""Plates corrected after the car was let through: its stay and others' are corrected."""

from datetime import timedelta

import pytest

from access import services as access_services
from core import clock
from parking.models import Stay
from parking.selectors import due_now
from tests.factories import StayFactory, VehicleFactory, VisitorPassFactory
from tests.gate import GateScene, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def correct(passage, plate):
    passage.refresh_from_db()
    access_services.correct_read(passage, plate, staff(), "seen on the picture")
    passage.refresh_from_db()


def test_the_cover_follows_the_plate(gate):
    car = VehicleFactory(person__site=gate.site)
    passage = gate.sees(gate.entry, "粤B12345")
    correct(passage, car.plate)
    stay = Stay.objects.get()
    assert (stay.plate, stay.cover) == (car.plate, "resident")
    correct(passage, "粤B12345")
    stay.refresh_from_db()
    assert stay.cover == ""
    assert due_now(stay, clock.now() + timedelta(hours=1)).due == 500


def test_a_correction_returns_the_wrong_visitor_pass_and_uses_the_right_one(gate):
    wrong, right = (VisitorPassFactory(site=gate.site, free_minutes=m) for m in (0, 60))
    passage = gate.sees(gate.entry, wrong.plate)
    correct(passage, right.plate)
    for visit in (wrong, right):
        visit.refresh_from_db()
    stay = Stay.objects.get()
    assert (wrong.entries_used, right.entries_used, stay.visitor_pass) == (0, 1, right)
    assert stay.covered_until == stay.entered_at + timedelta(minutes=60)


def test_the_older_stay_of_the_right_plate_is_superseded(gate):
    older = StayFactory(lot=gate.lot, plate="沪A12345")
    passage = gate.sees(gate.entry, "沪A12346")
    correct(passage, "沪A12345")
    older.refresh_from_db()
    assert (older.status, older.review) == ("superseded", ["superseded"])
    assert Stay.objects.get(status="open").entry_passage == passage


def test_correcting_to_the_same_plate_changes_nothing(gate):
    visit = VisitorPassFactory(site=gate.site)
    passage = gate.sees(gate.entry, visit.plate)
    correct(passage, visit.plate)
    visit.refresh_from_db()
    assert visit.entries_used == 1
    assert Stay.objects.get().visitor_pass == visit


def test_a_car_that_turned_back_gets_no_stay_by_its_correction(gate):
    passage = gate.sees(gate.entry, "")
    access_services.lift_barrier(passage, staff(), "known driver")
    gate.moves(gate.entry, "turned_back")
    correct(passage, "沪A12345")
    assert not Stay.objects.exists()


def test_entry_and_exit_are_corrected_alone_and_the_stay_follows_both(gate):
    entry = gate.sees(gate.entry, "沪A12346")
    gate.moves(gate.entry, "passed")
    left = gate.sees(gate.exit, "沪A12346")
    correct(entry, "沪A12345")
    stay = Stay.objects.get()
    assert (stay.plate, stay.status, stay.price) == ("沪A12345", "open", None)
    correct(left, "沪A12345")
    stay.refresh_from_db()
    assert (stay.plate, stay.status, stay.price) == ("沪A12345", "closed", 0)


def test_a_car_let_out_by_anothers_plate_ends_its_own_stay_and_the_other_is_inside(gate):
    other = StayFactory(lot=gate.lot, plate="沪A12346", entered_at=clock.now())
    own = StayFactory(lot=gate.lot, plate="沪A12345")
    passage = gate.sees(gate.exit, other.plate)
    correct(passage, own.plate)
    for stay in (other, own):
        stay.refresh_from_db()
    assert (other.status, other.price, other.review) == ("open", None, ["exit_corrected"])
    assert (own.status, own.exit_passage, own.review) == ("closed", passage, ["left_unpaid"])


def test_the_other_car_that_came_in_again_meanwhile_keeps_its_one_open_stay(gate):
    other = StayFactory(lot=gate.lot, plate="沪A12346", entered_at=clock.now())
    passage = gate.sees(gate.exit, other.plate)
    StayFactory(lot=gate.lot, plate=other.plate, entered_at=clock.now())
    correct(passage, "沪A12345")
    other.refresh_from_db()
    assert (other.status, other.review) == ("superseded", ["superseded", "exit_corrected"])


def test_a_car_let_out_without_a_plate_ends_its_stay_once_the_plate_is_entered(gate):
    stay = StayFactory(lot=gate.lot, plate="沪A12345", entered_at=clock.now())
    passage = gate.sees(gate.exit, "")
    access_services.lift_barrier(passage, staff(), "ambulance")
    correct(passage, stay.plate)
    stay.refresh_from_db()
    assert (stay.status, stay.exit_passage) == ("closed", passage)


def test_the_audit_log_of_a_corrected_read_contains_no_plate(gate):
    passage = gate.sees(gate.entry, "沪A12346")
    correct(passage, "沪A12345")
    entry = gate.site.audit_entries.get()
    assert (entry.action, entry.detail) == ("correct read", {"reason": "seen on the picture"})


def test_the_undo_of_an_adopted_look_alike_gives_the_car_a_stay_of_its_own(gate):
    resident = VehicleFactory(person__site=gate.site, plate="沪A12B08")
    passage = gate.sees(gate.entry, "沪A128O8")
    assert (passage.plate, Stay.objects.get().cover) == (resident.plate, "resident")
    correct(passage, "沪A128O8")
    stay = Stay.objects.get()
    assert (passage.plate, stay.plate, stay.cover) == ("沪A128O8", "沪A128O8", "")


def test_the_undo_of_a_look_alike_read_again_leaves_both_cars_inside(gate):
    first = gate.sees(gate.entry, "沪A12B08")
    second = gate.sees(gate.entry, "沪A128O8")
    assert (second.plate, Stay.objects.count()) == (first.plate, 1)
    correct(second, "沪A128O8")
    assert second.plate == "沪A128O8"
    assert sorted(Stay.objects.filter(status="open").values_list("plate", flat=True)) == [
        "沪A128O8",
        "沪A12B08",
    ]


def test_a_guards_text_at_an_exit_is_not_replaced_by_a_look_alike_let_out_before(gate):
    own = StayFactory(lot=gate.lot, plate="沪A12B08", entered_at=clock.now())
    gate.sees(gate.exit, own.plate)
    held = gate.sees(gate.exit, "沪A128O8", confidence=0.2)
    correct(held, "沪A128O8")
    assert (held.plate, held.decisions.latest("pk").rule) == ("沪A128O8", "no_entry")


def test_the_undo_of_a_look_alike_at_an_exit_opens_the_others_stay_again(gate):
    resident = VehicleFactory(person__site=gate.site, plate="沪A12B08")
    other = StayFactory(lot=gate.lot, plate=resident.plate, entered_at=clock.now())
    passage = gate.sees(gate.exit, "沪A128O8")
    other.refresh_from_db()
    assert (passage.plate, other.status) == (other.plate, "closed")
    correct(passage, "沪A128O8")
    other.refresh_from_db()
    assert (other.status, other.exit_passage) == ("open", None)
