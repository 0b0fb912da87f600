"""The specification's worked cases: in order, shuffled and doubled."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from access.models import Passage
from core import clock
from tests.gate import decision_of, open_commands
from tests.parking.golden import Player, at, cases, expected, shuffled

pytestmark = pytest.mark.django_db
IDS = [f"S{number:02d}" for number in range(1, 19)]


@pytest.fixture
def set_clock(monkeypatch) -> Callable[[datetime], None]:
    return lambda now: monkeypatch.setattr(clock, "now", lambda: now)


def case_of(shared: Path, name: str) -> dict:
    return next(each for each in cases(shared) if each["id"] == name)


def check(player: Player) -> None:
    found, back = player.outcome()
    wanted, wanted_back = expected(player.case)
    compared = [{k: v for k, v in each.items() if k != "review"} for each in found]
    assert compared == wanted
    assert back == wanted_back


@pytest.mark.parametrize("name", IDS)
def test_a_worked_case_in_the_order_of_its_events(shared, set_clock, name):
    player = Player(case_of(shared, name), set_clock)
    for event in player.case["events"]:
        player.play(event)
    check(player)
    expect = player.case["expect"]
    if "exit" in expect:
        last = Passage.objects.filter(direction="exit").latest("seen_at")
        assert decision_of(last).outcome == expect["exit"]
    if "commands" in expect:
        gate = player.gate
        assert open_commands(gate.entry) + open_commands(gate.exit) == expect["commands"]
    for stay, wanted in zip(player.outcome()[0], expect["stays"], strict=True):
        assert stay["review"] or not wanted.get("review")


# Each in an order of its own; what comes twice has the key of the first or another one.
@pytest.mark.parametrize(
    ("seed", "doubled", "keeps_key"),
    [(1, False, True), (2, True, True), (3, True, False)],
    ids=["shuffled", "repeated", "doubled"],
)
@pytest.mark.parametrize("name", IDS)
def test_a_worked_case_in_any_order(shared, set_clock, name, seed, doubled, keeps_key):
    player = Player(case_of(shared, name), set_clock)
    ends = max(at(event.get("received", event["at"])) for event in player.case["events"])
    chance = random.Random(f"{name}{seed}")
    for number, event in enumerate(shuffled(player.case, chance, doubled=doubled)):
        received = ends + timedelta(minutes=2, seconds=number)
        player.play(event, received, copy="" if keeps_key else f"-{number}")
    check(player)
