"""Two cars within one second at one lane, reported by a camera of the Vzenith protocol.

The messages are written as another maker's firmware of that protocol writes them: compact or
indented, with fields of its own, without those that the protocol leaves open.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from access.models import Movement, Passage
from core import clock
from devices import inbound
from devices.models import DeadLetter
from estate.models import Lane
from parking.models import Stay
from tests.gate import GateScene, decision_of, open_commands

pytestmark = pytest.mark.django_db
BEGINS = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FIRST, SECOND = "川A60T18", "桂BX7703"
PASSED, TURNED_BACK = 83, 84


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def gate(set_clock) -> GateScene:
    set_clock(BEGINS - timedelta(days=1))
    return GateScene.build()


@pytest.fixture
def deliver(set_clock) -> Callable[..., None]:
    """Deliver messages of a lane's camera in the given order, a tenth of a second apart."""

    def _deliver(lane: Lane, after: float, *messages: dict[str, Any]) -> None:
        for number, message in enumerate(messages):
            set_clock(BEGINS + timedelta(seconds=after + number / 10))
            topic = f"{lane.camera.serial}/device/message/up/{message['name']}"
            indent = number % 2 or None
            payload = json.dumps(message, ensure_ascii=True, indent=indent).encode()
            inbound.receive(topic, payload, clock.now())
        assert not DeadLetter.objects.exists()

    return _deliver


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def seen(lane: Lane, plate: str, after: float, *, whole_seconds: bool = False) -> dict[str, Any]:
    """A plate as that firmware reports it, with the time in whole seconds perhaps."""
    at = BEGINS + timedelta(seconds=after)
    time = {"sec": int(at.timestamp())}
    if not whole_seconds:
        time |= {"usec": at.microsecond, "decyear": at.year}
    result = {
        "timeStamp": {"Timeval": time},
        "license": base64_of(plate),
        "plateid": 7,
        "confidence": 96.5,
        "colorType": 1,
        "car_brand": {"brand": 0, "type": 0},
    }
    payload = {
        "AlarmInfoPlate": {"serialno": lane.camera.serial, "result": {"PlateResult": result}}
    }
    return {"name": "ivs_result", "sn": lane.camera.serial, "id": 1, "payload": payload}


def moved(lane: Lane, kind: int, after: float, plate: str = "") -> dict[str, Any]:
    """A movement as that firmware reports it: in whole seconds, with the plate perhaps."""
    results = [{"plate_result": {"license": base64_of(plate)}}] if plate else []
    return {
        "payload": {"event_type": kind, "result": results, "lane_no": 0},
        "timestamp": int((BEGINS + timedelta(seconds=after)).timestamp()),
        "name": "lanectrl_result",
        "sn": lane.camera.serial,
    }


def movements(lane: Lane) -> dict[str, tuple[str, str]]:
    """Return the outcome and the movement of each car at the lane."""
    return {
        car.plate: (str(decision_of(car).outcome), Movement.objects.get(passage=car).kind)
        for car in Passage.objects.filter(lane=lane)
    }


def stays() -> dict[str, str]:
    return dict(Stay.objects.exclude(status="undone").values_list("plate", "status"))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("whole_seconds", [True, False])
def test_both_cars_enter_and_each_movement_is_matched(gate, deliver, order, named, whole_seconds):
    lane = gate.entry
    plates = [
        seen(lane, FIRST, 0.2, whole_seconds=whole_seconds),
        seen(lane, SECOND, 0.9, whole_seconds=whole_seconds),
    ]
    deliver(lane, 1, *(plates[number] for number in order))
    assert [decision_of(car).outcome for car in Passage.objects.all()] == ["open", "open"]
    assert open_commands(lane) == 2
    names = (FIRST, SECOND) if named else ("", "")
    deliver(lane, 9, moved(lane, PASSED, 4.4, names[0]), moved(lane, PASSED, 7.1, names[1]))
    assert movements(lane) == {FIRST: ("open", "passed"), SECOND: ("open", "passed")}
    assert stays() == {FIRST: "open", SECOND: "open"}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_one_that_turns_back_gets_no_stay_in_any_order_of_the_messages(gate, deliver, order):
    lane = gate.entry
    messages = [
        seen(lane, FIRST, 0.2),
        seen(lane, SECOND, 0.9),
        moved(lane, PASSED, 4.4, FIRST),
        moved(lane, TURNED_BACK, 6.1, SECOND),
    ]
    deliver(lane, 9, *(messages[number] for number in order))
    assert movements(lane) == {FIRST: ("open", "passed"), SECOND: ("open", "turned_back")}
    assert stays() == {FIRST: "open"}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_movements_that_name_no_plate_are_matched_in_any_order_of_the_messages(
    gate, deliver, order
):
    lane = gate.entry
    messages = [
        seen(lane, FIRST, 0.2),
        seen(lane, SECOND, 0.9),
        moved(lane, PASSED, 4.4),
        moved(lane, TURNED_BACK, 6.1),
    ]
    deliver(lane, 9, *(messages[number] for number in order))
    assert movements(lane) == {FIRST: ("open", "passed"), SECOND: ("open", "turned_back")}
    assert stays() == {FIRST: "open"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_both_cars_leave_and_each_ends_its_own_stay(gate, deliver, order):
    for number, plate in enumerate((FIRST, SECOND)):
        deliver(gate.entry, 20 * number + 1, seen(gate.entry, plate, 20 * number))
    lane = gate.exit
    plates = [seen(lane, FIRST, 600.2), seen(lane, SECOND, 600.9)]
    deliver(lane, 601, *(plates[number] for number in order))
    deliver(lane, 609, moved(lane, PASSED, 604, FIRST), moved(lane, PASSED, 607, SECOND))
    assert movements(lane) == {FIRST: ("open", "passed"), SECOND: ("open", "passed")}
    assert stays() == {FIRST: "closed", SECOND: "closed"}
    left = dict(Stay.objects.values_list("plate", "left_at"))
    expected = {FIRST: 600.2, SECOND: 600.9}
    assert left == {plate: BEGINS + timedelta(seconds=at) for plate, at in expected.items()}
