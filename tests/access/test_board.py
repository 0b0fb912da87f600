"""The lane board: one card per lane with its newest car, in a constant number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from access import selectors
from tests.factories import LaneFactory, VehicleFactory
from tests.gate import GateScene, decision_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def count_queries(call) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def test_each_lane_shows_its_newest_car_and_the_decision(gate):
    gate.sees(gate.entry, "粤B12345")
    newest = gate.sees(gate.entry, "粤B54321")
    entry, leaving = selectors.lane_board(gate.site)
    assert (entry.lane, entry.passage, entry.decision) == (gate.entry, newest, decision_of(newest))
    assert (leaving.lane, leaving.passage, leaving.decision) == (gate.exit, None, None)


def test_a_delayed_car_does_not_replace_the_present_one(gate):
    standing = gate.sees(gate.entry, "粤B12345")
    gate.sees(gate.entry, "粤B54321", ago=timedelta(minutes=5))
    assert selectors.lane_view(gate.site, gate.entry.pk).passage == standing


def test_more_lanes_and_cars_need_no_more_queries(gate):
    gate.sees(gate.entry, "粤B12345")
    few = count_queries(lambda: selectors.lane_board(gate.site))
    for number in range(4):
        lane = LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot)
        gate.sees(lane, f"粤B1111{number}")
    assert count_queries(lambda: selectors.lane_board(gate.site)) == few
    assert len(selectors.lane_board(gate.site)) == 6


def test_a_lane_of_another_site_is_not_found(gate):
    with pytest.raises(Http404):
        selectors.lane_view(GateScene.build().site, gate.entry.pk)


@pytest.mark.parametrize(
    ("lane", "plate", "most"),
    [("entry", "resident", 19), ("entry", "粤B12345", 20), ("exit", "粤Z99999", 13)],
)
def test_a_decision_stays_within_its_number_of_queries(gate, lane, plate, most):
    plate = VehicleFactory(person__site=gate.site).plate if plate == "resident" else plate
    with CaptureQueriesContext(connection) as queries:
        gate.sees(getattr(gate, lane), plate)
    assert len(queries) - 1 <= most, "the gate's latency is made of these"
