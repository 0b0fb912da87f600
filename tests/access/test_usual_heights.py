"""A plate that is much lower than usual at its camera: the next car's, not that of a muddy one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from access import services
from access.labels import reason_label
from access.models import Passage
from access.photo_queue import read_next_photo
from access.usual_heights import LEAST_CARS, PERIOD
from access.usual_heights import usual_height as usual_height_at
from core import clock
from tests.access.readers import JPEG, Reading
from tests.factories import VehicleFactory
from tests.gate import GateScene, open_commands, staff

pytestmark = pytest.mark.django_db
PLATE = "粤B12345"


def of_height(height: int, plate: str = PLATE) -> Reading:
    reader = Reading(plate, 0.99)
    (found,) = reader.found
    reader.found = [replace(found, box=found.box._replace(height=height))]
    return reader


@pytest.fixture
def gate() -> GateScene:
    """Cars have passed whose plates were 40 pixels high, but for one in five."""
    gate = GateScene.build()
    for n in range(LEAST_CARS):
        gate.sees(gate.entry, "", image=JPEG)
        read_next_photo(of_height(80 if n % 5 == 0 else 40, f"粤B{n:05}"))
    return gate


def usual_height(passage: Passage) -> float | None:
    return usual_height_at(passage.lane_id, passage.device_id)


def seen(gate: GateScene) -> Passage:
    return gate.sees(gate.entry, "", image=JPEG)


def test_the_usual_height_is_the_median_of_cars_that_were_let_pass(gate):
    passage = seen(gate)
    assert usual_height(passage) == 40
    gate.sees(gate.exit, "", image=JPEG)
    assert usual_height(Passage.objects.latest("pk")) is None, "another camera has another view"


def test_the_next_car_s_plate_opens_for_no_muddy_car_even_if_it_is_registered(gate):
    VehicleFactory(person__site=gate.site, plate=PLATE)
    opened = open_commands(gate.entry)
    seen(gate)
    decision = read_next_photo(of_height(20))
    assert (decision.outcome, decision.rule, decision.facts["doubt"]) == ("hold", "doubt", "behind")
    assert reason_label(decision.rule, decision.facts) == (
        "It may be the next car's: plates here are usually larger"
    )
    assert open_commands(gate.entry) == opened
    seen(gate)
    assert read_next_photo(of_height(30)).rule == "resident"


def test_a_camera_of_which_too_few_cars_are_known_has_no_usual_height(gate):
    first = Passage.objects.order_by("pk").first()
    Passage.objects.filter(pk=first.pk).update(at=clock.now() - PERIOD - timedelta(minutes=1))
    assert usual_height(seen(gate)) is None


def test_cars_that_were_held_or_whose_plate_was_corrected_do_not_count(gate):
    first, second = Passage.objects.order_by("pk")[:2]
    passage = seen(gate)
    Passage.objects.filter(pk=first.pk).update(state=Passage.State.HELD)
    assert usual_height(passage) is None
    Passage.objects.filter(pk=first.pk).update(state=Passage.State.PASSED)
    assert usual_height(passage) == 40
    services.correct_read(second, "粤B99999", staff(), "read by eye")
    assert usual_height(passage) is None


def test_a_camera_that_was_moved_is_followed_as_guards_let_cars_pass(gate):
    for n in range(LEAST_CARS):
        passage = gate.sees(gate.entry, "", image=JPEG)
        assert read_next_photo(of_height(20, f"粤A{n:05}")).rule == "doubt"
        services.correct_read(passage, f"粤A{n:05}", staff(), "seen")
    passage = seen(gate)
    assert usual_height(passage) == 30, "half of them were 20 high, most others 40"
    assert read_next_photo(of_height(20, "粤C12345")).rule == "tariff"
