"""The same events in any order, any of them twice, give the same stays and the same money."""

import random
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import clock
from tests.parking.histories import (
    Corrected,
    History,
    Issued,
    Lot,
    Moved,
    Paid,
    Seen,
    as_paid,
    at,
    in_order,
    shuffled,
)

pytestmark = pytest.mark.django_db
# Two of them look alike.
PLATES = ("沪K8D112", "沪KBD112", "粤B54321")
LATE = at(2 * 86400)
# Read at both entry lanes within one second; what is paid belongs to one of the two stays.
AT_BOTH_LANES = [
    Seen(1067, "in", "沪K8D112"),
    Seen(1067, "in2", "沪K8D112"),
    Seen(6028, "out", "沪K8D112", offline=True),
    Moved(6036, "out", "turned_back", "沪K8D112"),
    Paid(6048, "沪K8D112", 1000),
]


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


@st.composite
def visits(draw: st.DrawFn) -> list:
    """Draw one visit of a car: its entry, what it did there, and perhaps its exit."""
    plate = draw(st.sampled_from(PLATES))
    begins = draw(st.integers(0, 40)) * 97
    history = list(draw(appearances(plate, ("in", "in2"), begins)))
    if draw(st.booleans()):
        leaves = begins + draw(st.sampled_from((11, 29, 600, 3700, 9000)))
        history += draw(appearances(plate, ("out", "out2"), leaves))
        amount = draw(st.sampled_from((0, 0, 500, 1000)))
        if amount:
            history.append(Paid(leaves + 20, plate, amount))
    return history


@st.composite
def appearances(draw: st.DrawFn, plate: str, lanes: tuple[str, str], begins: int) -> list:
    """Draw a car's reads at a lane and the movements that follow."""
    lane = draw(st.sampled_from((*lanes, lanes[0])))
    offline = draw(st.booleans())
    history: list = [Seen(begins, lane, plate, offline)]
    if draw(st.integers(0, 4)) == 0:
        history.append(Seen(begins + draw(st.sampled_from((2, 31, 70))), lane, plate, offline))
    movement = draw(st.sampled_from(("passed", "passed", "turned_back", "")))
    if movement:
        named = draw(st.sampled_from(("", plate)))
        moved_at = begins + draw(st.sampled_from((3, 8, 40)))
        history.append(Moved(moved_at, lane, movement, named, draw(st.booleans())))
        if draw(st.integers(0, 4)) == 0:
            history.append(Moved(moved_at + 1, lane, movement, named, draw(st.booleans())))
    return history


@st.composite
def histories(draw: st.DrawFn) -> list:
    """Draw the visits of a few cars, with corrections and passes."""
    history = [
        event for visit in draw(st.lists(visits(), min_size=1, max_size=4)) for event in visit
    ]
    reads = [each for each in history if isinstance(each, Seen)]
    for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
        read = draw(st.sampled_from(reads))
        history.append(Corrected(read.at + 120, read, draw(st.sampled_from(PLATES))))
    if draw(st.integers(0, 3)) == 0:
        begins = draw(st.integers(0, 40)) * 97
        lasts = draw(st.sampled_from((900, 3600)))
        history.append(Issued(begins, draw(st.sampled_from(PLATES)), begins, lasts))
    return history


def played(set_clock: Callable, order: History, opposite_s: int) -> Lot:
    lot = Lot(set_clock, opposite_s)
    lot.play(order, LATE)
    return lot


@settings(max_examples=30, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    history=histories(),
    seed=st.integers(0, 2**32),
    opposite_s=st.sampled_from((0, 0, 30)),
)
@example(history=AT_BOTH_LANES, seed=4, opposite_s=0)
def test_stays_and_money_do_not_depend_on_the_order(set_clock, history, seed, opposite_s):
    lot = played(set_clock, in_order(history), opposite_s)
    another = as_paid(shuffled(history, random.Random(seed)), lot)
    assert played(set_clock, another, opposite_s).outcome() == lot.outcome()
