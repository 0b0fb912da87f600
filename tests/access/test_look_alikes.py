"""Look-alikes of plates on file: adopted, or held for the guard."""

from datetime import timedelta

import pytest

from core import clock
from parking.models import Stay
from tests.factories import AccessListEntryFactory, StayFactory, VehicleFactory
from tests.gate import GateScene, decision_of, open_commands

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def test_a_look_alike_of_a_blocked_plate_is_held(gate):
    AccessListEntryFactory(site=gate.site, kind="block", plate="沪A12B08")
    passage = gate.sees(gate.entry, "沪A128O8")
    assert (passage.plate, passage.state) == ("沪A128O8", "held")
    assert decision_of(passage).rule == "block_look_alike"
    assert decision_of(passage).facts["blocked"] == "沪A12B08"
    assert open_commands(gate.entry) == 0


def test_a_residents_car_that_looks_like_a_blocked_plate_is_admitted(gate):
    AccessListEntryFactory(site=gate.site, kind="block", plate="沪A12B08")
    car = VehicleFactory(person__site=gate.site, plate="沪A128O8")
    assert decision_of(gate.sees(gate.entry, car.plate)).rule == "resident"


def test_between_a_residents_and_a_blocked_plate_the_guard_decides(gate):
    AccessListEntryFactory(site=gate.site, kind="block", plate="沪A12B08")
    VehicleFactory(person__site=gate.site, plate="沪A1280B")
    passage = gate.sees(gate.entry, "沪A128O8")
    assert (passage.plate, decision_of(passage).rule) == ("沪A128O8", "block_look_alike")


def test_a_look_alike_of_a_blocked_plate_leaves_like_any_other_car(gate):
    AccessListEntryFactory(site=gate.site, kind="block", plate="沪A12B08")
    StayFactory(lot=gate.lot, plate="沪A128O8", entered_at=clock.now())
    assert decision_of(gate.sees(gate.exit, "沪A128O8")).rule == "free"


def test_a_plate_whose_permit_has_ended_is_not_adopted(gate):
    over = clock.now() - timedelta(days=3)
    VehicleFactory(person__site=gate.site, plate="沪A12B08", ends_at=over)
    passage = gate.sees(gate.entry, "沪A128O8")
    assert (passage.plate, decision_of(passage).rule) == ("沪A128O8", "tariff")


def test_an_adopted_plate_has_all_of_its_permits(gate):
    stay = StayFactory(lot=gate.lot, plate="沪A12B08", entered_at=clock.now() - timedelta(hours=4))
    since = clock.now() - timedelta(minutes=90)
    VehicleFactory(person__site=gate.site, plate=stay.plate, begins_at=since)
    decision = decision_of(gate.sees(gate.exit, "沪A128O8"))
    assert (decision.rule, decision.facts["due"]) == ("due", 1500)


def test_likely_stays_are_ranked_by_likeness_and_then_by_colour(gate):
    for plate, colour in [("粤B12345", "blue"), ("沪B12345", "green"), ("沪C99999", "green")]:
        gate.sees(gate.entry, plate, colour=colour)
        gate.moves(gate.entry, "passed")
    decision = decision_of(gate.sees(gate.exit, "苏B12345", colour="green"))
    assert decision.rule == "no_entry"
    found = [each["plate"] for each in decision.facts["candidates"]]
    assert found == ["沪B12345", "粤B12345"]
    assert Stay.objects.filter(status="open").count() == 3
