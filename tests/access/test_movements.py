"""The end of a passage: the car passes, turns back, or is read again."""

from datetime import timedelta

import pytest

from access import services as access_services
from access.models import Decision, Passage
from access.photo_queue import read_next_photo
from core import clock
from core.events import publish
from devices import events
from devices.models import Command
from parking.models import Stay
from tests.access.readers import JPEG, Reading
from tests.factories import DeviceFactory, StayFactory, VisitorPassFactory
from tests.gate import GateScene, answer, decision_of, open_commands, staff
from tests.paying import pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def opened_before(passage: Passage, minutes: int) -> None:
    """Move the sighting back by some minutes; the decision to open stays recent."""
    earlier = clock.now() - timedelta(minutes=minutes)
    Passage.objects.filter(pk=passage.pk).update(at=earlier, received_at=earlier, seen_at=earlier)


def test_a_visitor_who_turns_back_may_come_again(gate):
    visit = VisitorPassFactory(site=gate.site, entries_allowed=1)
    gate.sees(gate.entry, visit.plate)
    gate.moves(gate.entry, "turned_back")
    visit.refresh_from_db()
    assert visit.entries_used == 0
    assert decision_of(gate.sees(gate.entry, visit.plate)).rule == "visitor_pass"


def test_a_car_that_is_read_again_and_then_turns_back_leaves_no_stay(gate):
    gate.sees(gate.entry, "粤B12345")
    assert decision_of(gate.sees(gate.entry, "粤B12345")).rule == "reread"
    gate.moves(gate.entry, "turned_back")
    assert Stay.objects.get().status == "undone"


def test_a_car_read_again_at_the_exit_that_turns_back_is_inside_again(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345", entered_at=clock.now())
    gate.sees(gate.exit, "粤B12345")
    assert decision_of(gate.sees(gate.exit, "粤B12345")).rule == "reread"
    gate.moves(gate.exit, "turned_back")
    stay.refresh_from_db()
    assert (stay.status, stay.exit_passage) == ("open", None)


def test_a_car_that_waited_long_before_it_was_let_out_is_recognised_when_read_again(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    waiting = gate.sees(gate.exit, "粤B12345")
    opened_before(waiting, minutes=4)
    pay(stay, 1000, clock.now())
    again = gate.sees(gate.exit, "粤B12345")
    assert (decision_of(again).rule, again.state) == ("reread", "opening")


def test_a_car_that_waited_long_passes_when_it_was_let_out(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    waiting = gate.sees(gate.exit, "粤B12345")
    opened_before(waiting, minutes=20)
    pay(stay, 1000, clock.now())
    gate.moves(gate.exit, "passed")
    waiting.refresh_from_db()
    assert waiting.state == "passed"


def test_a_payment_opens_no_barrier_for_a_car_that_waited_long_and_turned_back(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    opened_before(gate.sees(gate.exit, "粤B12345"), minutes=20)
    gate.moves(gate.exit, "turned_back")
    pay(stay, 1000, clock.now())
    assert open_commands(gate.exit) == 0


def test_a_car_that_came_in_long_ago_is_not_undone_by_another_that_turns_back(gate):
    gate.sees(gate.entry, "粤B12345")
    long_ago = clock.now() - timedelta(minutes=30)
    Decision.objects.update(at=long_ago)
    Passage.objects.update(at=long_ago, received_at=long_ago, seen_at=long_ago)
    gate.moves(gate.entry, "turned_back")
    assert Stay.objects.get().status == "open"


def test_a_car_admitted_after_a_wait_is_recognised_when_read_again(gate):
    visit = VisitorPassFactory(site=gate.site, entries_allowed=1)
    opened_before(gate.sees(gate.entry, visit.plate), minutes=3)
    assert decision_of(gate.sees(gate.entry, visit.plate)).rule == "reread"
    assert Stay.objects.get().visitor_pass == visit


def test_a_car_that_turned_back_while_its_photo_was_read_is_not_admitted(gate):
    passage = gate.sees(gate.entry, "", image=JPEG)
    gate.moves(gate.entry, "turned_back")
    assert read_next_photo(Reading("粤B12345", 0.99)) is None
    passage.refresh_from_db()
    assert passage.state == "turned_back"
    assert open_commands(gate.entry) == 0


def test_a_delayed_movement_does_not_end_the_passage_of_the_present_car(gate):
    gate.sees(gate.entry, "粤B12345")
    gate.moves(gate.entry, "turned_back", ago=timedelta(minutes=4))
    assert Stay.objects.get().status == "open"
    assert Passage.objects.get().ended_at is None


def test_a_delayed_movement_ends_the_passage_of_its_time(gate):
    early = gate.sees(gate.entry, "粤B12345", ago=timedelta(minutes=5))
    gate.moves(gate.entry, "turned_back", ago=timedelta(minutes=4))
    early.refresh_from_db()
    assert early.state == "turned_back"


def test_a_payment_opens_no_barrier_if_another_car_has_come_since(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    StayFactory(lot=gate.lot, plate="沪C99999")
    first = gate.sees(gate.exit, "粤B12345", ago=timedelta(seconds=20))
    gate.sees(gate.exit, "沪C99999")
    pay(stay, 1000, clock.now())
    first.refresh_from_db()
    assert first.state == "unpaid"
    assert open_commands(gate.exit) == 0
    assert decision_of(gate.sees(gate.exit, "粤B12345")).rule == "paid"


@pytest.mark.parametrize("later", ["", "粤B1Z345"])
def test_a_car_read_again_with_a_worse_result_is_let_out_when_it_pays(gate, later):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    first = gate.sees(gate.exit, stay.plate, ago=timedelta(seconds=20))
    gate.sees(gate.exit, later, confidence=0.3)
    pay(stay, 1000, clock.now())
    stay.refresh_from_db()
    first.refresh_from_db()
    assert (stay.status, first.state) == ("closed", "opening")


def test_a_payment_opens_no_barrier_for_a_car_that_turned_back(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    gate.sees(gate.exit, "粤B12345")
    gate.moves(gate.exit, "turned_back")
    pay(stay, 1000, clock.now())
    stay.refresh_from_db()
    assert (open_commands(gate.exit), stay.status) == (0, "open")


@pytest.mark.parametrize("state", [Command.State.UNKNOWN, Command.State.REFUSED])
def test_an_older_failed_command_does_not_override_a_newer_success(gate, state):
    passage = gate.sees(gate.entry, "粤B12345")
    first = decision_of(passage).command
    access_services.lift_barrier(passage, staff(), "the arm did not move")
    answer(passage, Command.State.DONE)
    publish(events.CommandSettled(command_id=first.pk, site_id=gate.site.pk, state=state))
    passage.refresh_from_db()
    assert passage.state == "open"


def test_a_camera_moved_to_another_site_serves_no_lane_of_its_former_site(gate):
    other = DeviceFactory()
    gate.entry.camera.site = other.site
    gate.entry.camera.save()
    now = clock.now()
    seen = events.PlateSeen(
        device_id=gate.entry.camera_id,
        site_id=other.site_id,
        key="moved-away",
        at=now,
        received_at=now,
        raw_text="粤B12345",
        confidence=0.99,
    )
    publish(seen)
    assert not Passage.objects.exists()


@pytest.fixture
def barrier(gate):
    """A controller with its own loops as the entry's barrier."""
    device = DeviceFactory(site=gate.site, kind="barrier", driver="gatehouse", serial=None)
    gate.entry.barrier = device
    gate.entry.save()
    return device


@pytest.mark.parametrize("movement", ["passed", "turned_back"])
def test_a_movement_reported_by_the_barriers_loops_ends_the_passage_of_its_lane(
    gate, barrier, movement
):
    passage = gate.sees(gate.entry, "粤B12345")
    gate.moves(gate.entry, movement, device=barrier)
    passage.refresh_from_db()
    assert passage.state == movement


def test_a_movement_of_a_barrier_with_two_lanes_ends_no_passage(gate, barrier):
    gate.exit.barrier = barrier
    gate.exit.save()
    passage = gate.sees(gate.entry, "粤B12345")
    gate.moves(gate.entry, "passed", device=barrier)
    passage.refresh_from_db()
    assert passage.state == "opening"


def test_a_camera_that_also_drives_another_lanes_barrier_reports_for_its_own_lane(gate):
    gate.exit.barrier = gate.entry.camera
    gate.exit.save()
    passage = gate.sees(gate.entry, "粤B12345")
    gate.moves(gate.entry, "passed")
    passage.refresh_from_db()
    assert passage.state == "passed"


@pytest.mark.parametrize(("ago", "state"), [(1, "opening"), (30, "passed")])
def test_a_movement_reported_by_camera_and_barrier_ends_one_passage(gate, barrier, ago, state):
    gate.sees(gate.entry, "粤B12345", ago=timedelta(seconds=50))
    passage = gate.sees(gate.entry, "粤B54321", ago=timedelta(seconds=40))
    gate.moves(gate.entry, "passed", ago=timedelta(seconds=ago))
    gate.moves(gate.entry, "passed", device=barrier)
    passage.refresh_from_db()
    assert passage.state == state


def test_a_car_that_passes_by_name_without_a_decision_to_open_has_left(gate):
    """Another car was read behind it, so its payment opened no barrier; yet it drove out."""
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    waiting = gate.sees(gate.exit, "粤B12345")
    assert waiting.state == "unpaid"
    gate.moves(gate.exit, "passed", plate="粤B12345")
    stay.refresh_from_db()
    assert (stay.status, stay.exit_passage, stay.review) == ("closed", waiting, ["left_unpaid"])
