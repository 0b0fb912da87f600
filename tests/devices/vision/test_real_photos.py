"""The default reader on photos: real ones beside the checkout, and the simulator's own."""

from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from devices.simulator.light import LIGHTS
from devices.simulator.plates import DESIGNS, PROVINCES, draw_text, plate
from devices.simulator.render import Look, photo
from devices.vision.certainty import Verdict, judge
from devices.vision.plates import best
from tests.devices.vision.photos import FOLDER, Labelled, labelled

EVERY = 6


@pytest.fixture(scope="module")
def readings(reader) -> list[tuple[Labelled, Verdict]]:
    """A fixed sample of the photos with what was read on each."""
    if not FOLDER.is_dir():
        pytest.skip(f"no photographs at {FOLDER}; set GATEHOUSE_SHARED to where they are")
    return [(one, verdict_of(reader, one)) for one in labelled()[::EVERY]]


def verdict_of(reader, one: Labelled) -> Verdict:
    found = reader.read(one.path.read_bytes(), one.countries)
    return judge(found, one.countries)


def is_right(one: Labelled, verdict: Verdict) -> bool:
    return verdict.candidate is not None and one.is_read_folded(verdict.candidate.text)


@pytest.mark.shared
def test_most_plates_on_real_photos_are_read(readings):
    right = [is_right(one, verdict) for one, verdict in readings]
    assert len(right) >= 20
    assert sum(right) >= 0.86 * len(right)


@pytest.mark.shared
def test_what_is_certain_is_right_and_is_the_larger_part(readings):
    sure = [is_right(one, verdict) for one, verdict in readings if verdict.is_certain()]
    assert len(sure) >= 0.5 * len(readings)
    assert sum(sure) >= 0.97 * len(sure)


@pytest.mark.parametrize(("design", "light"), list(zip(DESIGNS, cycle(LIGHTS), strict=False)))
def test_what_the_simulator_draws_is_read(reader, design, light):
    chance = Random(f"{design} {light}")
    shown = plate(draw_text(chance, design, provinces=PROVINCES), design)
    taken = photo(shown, Look(variant=chance.randint(0, 9)), light=light, seed=3)
    found = best(reader.read(taken.jpeg))
    assert found is not None
    assert (found.text, found.colour) == (shown.text, shown.design.colour)


def test_photos_that_are_absent_are_no_photos():
    assert labelled(Path("/nowhere")) == []
