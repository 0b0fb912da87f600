"""Wrong device clocks: they neither open barriers nor change charges."""

from datetime import timedelta

import pytest

from core import clock
from parking.models import Stay
from parking.selectors import due_now
from tests.factories import StayFactory
from tests.gate import GateScene, decision_of
from tests.paying import pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def gate() -> GateScene:
    return GateScene.build()


def ahead(lane, minutes):
    """Set the camera's clock ahead, with the offset on record."""
    lane.camera.clock_offset_ms = minutes * 60_000
    lane.camera.save()
    return timedelta(minutes=minutes)


def test_a_car_that_pays_at_a_camera_with_a_fast_clock_is_let_out(gate):
    stay = StayFactory(lot=gate.lot, plate="粤B12345")
    passage = gate.sees(gate.exit, stay.plate, skew=ahead(gate.exit, 4))
    pay(stay, due_now(stay).due, clock.now())
    passage.refresh_from_db()
    assert (passage.state, decision_of(passage).rule) == ("opening", "paid")


@pytest.mark.parametrize("minutes", [-40, 4])
def test_a_wrong_camera_clock_does_not_change_the_price(gate, minutes):
    gate.sees(gate.entry, "粤B12345", skew=ahead(gate.entry, minutes))
    assert abs(Stay.objects.get().entered_at - clock.now()) < timedelta(minutes=1)

    stay = StayFactory(lot=gate.lot, plate="沪C99999")
    decision = decision_of(gate.sees(gate.exit, stay.plate, skew=ahead(gate.exit, minutes)))
    assert decision.facts["due"] == due_now(stay).due


def test_network_delay_is_not_charged(gate):
    seen_at = gate.sees(gate.entry, "粤B12345", skew=timedelta(seconds=-40)).at
    assert Stay.objects.get().entered_at == seen_at


def test_cameras_with_different_clocks_find_the_same_stay(gate):
    gate.sees(gate.entry, "粤B12B08", skew=timedelta(seconds=30))
    exit_read = gate.sees(gate.exit, "粤B12B08", skew=timedelta(seconds=-30))
    assert (exit_read.plate, decision_of(exit_read).rule) == ("粤B12B08", "free")


@pytest.mark.parametrize("ahead_s", [61, 120, 290])
def test_a_message_ahead_of_time_is_decided_and_closes_no_lane(gate, ahead_s):
    odd = gate.sees(gate.entry, "粤B12345", skew=timedelta(seconds=ahead_s))
    assert decision_of(odd).rule == "tariff"
    assert odd.clock_wrong
    following = gate.sees(gate.entry, "粤B54321")
    assert decision_of(following).rule == "tariff"
    assert not following.clock_wrong
