"""Concurrency: gates, plate reader and guards work on the same cars at once."""

from functools import partial

import pytest

from access import services
from access.models import Passage
from access.photo_queue import read_next_photo
from parking.models import Stay
from tests.access.readers import JPEG, Reading
from tests.at_once import at_once
from tests.factories import LaneFactory, VisitorPassFactory
from tests.gate import GateScene, decision_of, open_commands, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gate(transactional_db) -> GateScene:
    return GateScene.build()


def test_two_lanes_at_once_use_the_last_entry_of_a_pass_once(gate):
    visit = VisitorPassFactory(site=gate.site, entries_allowed=1)
    lanes = [LaneFactory(site=gate.site, gate=gate.entry.gate) for _ in range(4)]
    seen = at_once(*[partial(gate.sees, lane, visit.plate) for lane in lanes])
    rules = sorted(decision_of(passage).rule for passage in seen)
    visit.refresh_from_db()
    assert visit.entries_used == 1
    assert rules.count("visitor_pass") == 1


def test_a_car_read_by_the_camera_and_by_our_reader_at_once_has_one_stay(gate):
    for number in range(6):
        plate = f"粤B1234{number}"
        gate.sees(gate.entry, "", image=JPEG)
        at_once(
            partial(gate.sees, gate.entry, plate),
            partial(read_next_photo, Reading(plate, 0.99)),
        )
        assert Stay.objects.filter(plate=plate).count() == 1
        gate.moves(gate.entry, "passed")


def test_a_second_press_opens_again_for_the_same_stay(gate):
    passage = gate.sees(gate.entry, "粤B12345", confidence=0.5)
    lift = partial(services.lift_barrier, passage, staff(), "fire engine")
    at_once(lift, lift)
    assert open_commands(gate.entry) == 2
    assert Stay.objects.get().entry_passage == passage
    assert Passage.objects.get().state == "opening"
