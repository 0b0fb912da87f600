"""A guard at a lane: correct, lift, open and refuse, always with a reason and on record."""

import pytest

from access import services
from access.models import PlateRead
from core.errors import Rejection
from core.events import publish
from core.models import AuditEntry
from devices import events
from devices.models import Command
from parking.models import Stay
from tests.factories import VehicleFactory
from tests.gate import GateScene, decision_of, open_commands, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def test_a_corrected_read_is_a_new_row_and_decides_again(gate):
    car = VehicleFactory(person__site=gate.site, plate="沪A12345")
    passage = gate.sees(gate.entry, "沪A1Z34", confidence=0.4)
    services.correct_read(passage, " 沪a·12345 ", staff(), "mud on the plate")
    passage.refresh_from_db()
    assert (passage.plate, passage.state) == (car.plate, "opening")
    camera, guard = passage.reads.all()
    assert (camera.raw_text, camera.text) == ("沪A1Z34", "沪A1Z34")
    assert (guard.source, guard.actor, guard.reason) == (
        PlateRead.Source.GUARD,
        staff(),
        "mud on the plate",
    )
    assert AuditEntry.objects.get().action == "correct read"


def test_correcting_a_car_that_is_inside_updates_its_stay_and_opens_no_barrier(gate):
    passage = gate.sees(gate.entry, "沪A12346")
    services.correct_read(passage, "沪A12345", staff(), "seen on the picture")
    assert Stay.objects.get().plate == "沪A12345"
    assert open_commands(gate.entry) == 1


def test_a_car_admitted_without_a_plate_gets_its_stay_when_the_plate_is_entered(gate):
    passage = gate.sees(gate.entry, "")
    services.lift_barrier(passage, staff(), "known driver, plate missing")
    assert not Stay.objects.exists()
    services.correct_read(passage, "沪A12345", staff(), "from the papers")
    assert Stay.objects.get().plate == "沪A12345"


@pytest.mark.parametrize("text", ["", "无牌车", "!!", "A"])
def test_an_implausible_plate_is_rejected_without_a_change(gate, text):
    passage = gate.sees(gate.entry, "沪A12345", confidence=0.4)
    with pytest.raises(Rejection) as refused:
        services.correct_read(passage, text, staff(), "cannot read it")
    assert refused.value.field == "text"
    assert passage.reads.count() == 1


def test_lifting_the_barrier_needs_a_reason(gate):
    passage = gate.sees(gate.entry, "沪A12345", confidence=0.4)
    with pytest.raises(Rejection) as refused:
        services.lift_barrier(passage, staff(), "  ")
    assert refused.value.field == "reason"
    assert open_commands(gate.entry) == 0


def test_lifting_the_barrier_records_the_guard_the_reason_and_the_command(gate):
    passage = gate.sees(gate.entry, "沪A12345", confidence=0.4)
    services.lift_barrier(passage, staff(), "fire engine")
    decision = decision_of(passage)
    assert (decision.rule, decision.actor, decision.reason) == (
        "manual_lift",
        staff(),
        "fire engine",
    )
    assert (decision.command.actor, decision.command.reason) == ("guard", "fire engine")
    assert Stay.objects.get().entry_passage == passage
    assert AuditEntry.objects.get().detail == {"reason": "fire engine"}


def test_a_lane_is_opened_where_no_camera_saw_a_car(gate):
    decision = services.open_lane(gate.exit, staff(), "camera is being cleaned")
    assert decision.passage.plate == ""
    assert open_commands(gate.exit) == 1


def test_a_car_is_refused_by_hand_unless_it_was_let_through(gate):
    held = gate.sees(gate.entry, "沪A12345", confidence=0.4)
    services.refuse_passage(held, staff(), "no appointment")
    held.refresh_from_db()
    assert held.state == "refused"
    through = gate.sees(gate.entry, "沪A54321")
    with pytest.raises(Rejection):
        services.refuse_passage(through, staff(), "too late")


@pytest.mark.parametrize(
    ("state", "shown"),
    [(Command.State.DONE, "open"), (Command.State.UNKNOWN, "unanswered")],
)
def test_the_passage_shows_the_result_of_the_open_command(gate, state, shown):
    passage = gate.sees(gate.entry, "沪A12345")
    command = decision_of(passage).command
    publish(events.CommandSettled(command_id=command.pk, site_id=gate.site.pk, state=state))
    passage.refresh_from_db()
    assert passage.state == shown
    assert bool(passage.opened_at) == (state == Command.State.DONE)
