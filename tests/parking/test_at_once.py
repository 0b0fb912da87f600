"""Corrections, payments, permits and arrivals of one plate at the same time."""

from datetime import timedelta
from functools import partial

import pytest

from access import lists
from access import services as access_services
from access.models import Passage
from core import clock
from core.errors import Rejection
from core.jobs import run_waiting
from parking.models import Stay
from parking.recompute import recompute
from tests.at_once import at_once
from tests.factories import LaneFactory, VisitorPassFactory
from tests.gate import GateScene, staff
from tests.paying import pay

pytestmark = pytest.mark.django_db(transaction=True)
CAR, OTHER = "苏E7K215", "苏E7K216"


@pytest.fixture
def gate(transactional_db) -> GateScene:
    return GateScene.build()


def lane(gate: GateScene, direction: str) -> object:
    return LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot, direction=direction)


def stays(plate: str) -> list[tuple]:
    known = Stay.objects.filter(plate=plate).exclude(status="undone").order_by("entered_at")
    return list(known.values_list("status", "price", "entry_passage", "exit_passage"))


def check_nothing_is_left_to_change(gate: GateScene) -> None:
    """The stays are those that the passages imply."""
    before = [stays(plate) for plate in (CAR, OTHER)]
    recompute(gate.lot, [CAR, OTHER], clock.now() - timedelta(days=1))
    assert [stays(plate) for plate in (CAR, OTHER)] == before


def accepted(results: list[object]) -> None:
    """No task failed by anything but a rejection."""
    failed = [each for each in results if isinstance(each, Exception)]
    assert all(isinstance(each, Rejection) for each in failed)


@pytest.mark.parametrize("attempt", range(3))
def test_a_correction_a_payment_and_arrivals_of_one_plate_do_not_deadlock(gate, attempt):
    hours = timedelta(hours=2)
    entry = gate.sees(gate.entry, CAR, ago=hours, buffered=True)
    misread = gate.sees(gate.entry, OTHER, ago=hours / 2, buffered=True)
    exits = [lane(gate, "exit") for _ in range(2)]
    waiting = gate.sees(gate.exit, CAR)
    stay = Stay.objects.get(plate=CAR, status="open")
    correct = access_services.correct_read
    accepted(
        at_once(
            partial(pay, stay, 1000),
            partial(correct, misread, CAR, staff(), "seen on the photo"),
            partial(gate.sees, exits[0], CAR),
            partial(gate.sees, exits[1], OTHER),
            partial(gate.sees, gate.entry, OTHER),
            partial(gate.sees, gate.exit, CAR),
        )
    )
    accepted(at_once(*[partial(correct, misread, OTHER, staff(), "the first text was right")] * 2))
    run_waiting()
    assert entry.pk != waiting.pk
    assert Stay.objects.filter(plate=CAR, status="open").count() <= 1
    check_nothing_is_left_to_change(gate)


@pytest.mark.parametrize("attempt", range(3))
def test_lifts_corrections_and_passes_of_one_plate_use_each_entry_once(gate, attempt):
    visit = VisitorPassFactory(site=gate.site, plate=CAR, entries_allowed=1)
    lanes = [lane(gate, "entry") for _ in range(3)]
    held = [gate.sees(each, CAR, confidence=0.3) for each in lanes]
    misread = gate.sees(gate.entry, OTHER)
    now = clock.now()
    issue = partial(
        lists.issue_pass,
        gate.site,
        staff(),
        plate=OTHER,
        begins_at=now,
        ends_at=now + timedelta(hours=1),
    )
    accepted(
        at_once(
            *[partial(access_services.lift_barrier, each, staff(), "guest") for each in held],
            partial(access_services.correct_read, misread, CAR, staff(), "seen on the photo"),
            issue,
        )
    )
    run_waiting()
    visit.refresh_from_db()
    with_pass = Stay.objects.filter(visitor_pass=visit)
    assert (visit.entries_used, with_pass.count()) == (1, 1)
    check_nothing_is_left_to_change(gate)


def test_batches_of_several_lanes_at_once_give_one_timeline(gate):
    lanes = [gate.entry, lane(gate, "entry"), gate.exit, lane(gate, "exit")]
    minutes = {each: timedelta(minutes=90 - 20 * n) for n, each in enumerate(lanes)}
    tasks = [
        partial(gate.sees, each, plate, ago=minutes[each], buffered=True)
        for plate in (CAR, OTHER)
        for each in lanes
    ]
    accepted(at_once(*tasks))
    assert [each[0] for each in stays(CAR)] == ["superseded", "closed"]
    assert [each[0] for each in stays(OTHER)] == ["superseded", "closed"]
    assert Passage.objects.count() == 8
    check_nothing_is_left_to_change(gate)
