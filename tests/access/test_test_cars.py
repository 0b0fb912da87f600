"""A test car tries a lane: it is shown on the board and leaves no stay behind."""

import pytest

from access import services, test_cars
from access.models import Decision, Passage
from access.selectors import lane_view
from core.errors import Rejection
from core.models import AuditEntry
from core.plates import TEST_PLATE, is_plausible, normalise
from devices.vision.formats import FormatBook
from estate import services as estate
from parking.models import Stay
from tests.factories import LaneFactory
from tests.gate import GateScene, open_commands, staff
from tests.live import announcements

pytestmark = pytest.mark.django_db


def send(lane, **more) -> Passage:
    return test_cars.send_test_car(lane, staff("li"), **more)


@pytest.mark.parametrize("way", ["entry", "exit"])
def test_a_test_car_is_on_the_board_and_opens_no_barrier(way):
    gate = GateScene.build()
    lane = getattr(gate, way)
    passage = send(lane)
    view = lane_view(gate.site, lane.pk)
    assert (view.passage, view.decision.rule) == (passage, "test_car")
    assert (passage.plate, passage.state) == (TEST_PLATE, Passage.State.TURNED_BACK)
    assert open_commands(lane) == 0
    assert not Stay.objects.exists()
    assert ("lane", gate.site.pk, lane.pk) in announcements()


def test_the_real_barrier_opens_only_where_the_person_asks_for_it():
    gate = GateScene.build()
    passage = send(gate.entry, opens_barrier=True)
    assert open_commands(gate.entry) == 1
    assert passage.decisions.latest("pk").outcome == Decision.Outcome.OPEN
    gate.moves(gate.entry, "passed")
    passage.refresh_from_db()
    assert passage.state == Passage.State.PASSED
    assert not Stay.objects.exists()


def test_a_test_car_is_audited_with_its_sender():
    gate = GateScene.build()
    send(gate.entry)
    entry = AuditEntry.objects.get(action="send test car")
    assert (entry.actor, entry.subject) == ("li", ("lane", str(gate.entry.pk)))


def test_several_test_cars_may_follow_each_other():
    gate = GateScene.build()
    for _ in range(3):
        send(gate.entry)
    assert Passage.objects.count() == 3


def test_a_lane_without_a_camera_or_one_that_has_ended_gets_no_test_car():
    bare = LaneFactory(camera=None, barrier=None)
    with pytest.raises(Rejection, match="no camera"):
        send(bare)
    estate.end_place(bare, staff())
    with pytest.raises(Rejection, match="has ended"):
        send(bare)


def test_no_test_car_is_sent_into_a_lane_where_a_car_waits():
    gate = GateScene.build()
    gate.sees(gate.exit, "沪A12345")
    with pytest.raises(Rejection, match="car is waiting"):
        send(gate.exit)
    gate.moves(gate.exit, "turned_back")
    send(gate.exit)


def test_a_camera_that_reports_the_reserved_plate_has_read_no_plate():
    gate = GateScene.build()
    passage = gate.sees(gate.entry, TEST_PLATE)
    assert (passage.plate, passage.state) == ("", Passage.State.HELD)


def test_staff_cannot_enter_the_reserved_plate():
    gate = GateScene.build()
    passage = gate.sees(gate.entry, "沪A12345", confidence=0.5)
    with pytest.raises(Rejection, match="reserved for test cars"):
        services.correct_read(passage, "测 test-01", staff(), "misread")


def test_the_reserved_plate_is_no_plate_of_any_country():
    assert normalise(TEST_PLATE) == TEST_PLATE
    assert is_plausible(TEST_PLATE)
    assert FormatBook().of(TEST_PLATE) is None
